import { ensureBuilt } from "../../../../tools/launch/build.mjs";
import { findProgram } from "@hearth/testkit";
import axe from "axe-core";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { expect, onTestFinished } from "vitest";

/** How a page is looked at. */
export interface Look {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: "light" | "dark";
  /** The session of who looks; nobody is logged in without one. */
  readonly token?: string | undefined;
}

/** Runs as root, without a screen, and tells nobody that it does. */
const chromiumFlags =
  "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";

/** What a browser says about answers that a test provokes: not faults of the page. */
const expectedNoise = /Failed to load resource|WebSocket connection to/;

/**
 * Debian's Chromium, and the pages that tests open in it. A page ends with its test, and whatever it complained about
 * (an exception, a breach of the content security policy) fails that test.
 */
export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** Builds the dashboard, if it is older than its sources, and starts the browser. */
  static async launch(): Promise<TestBrowser> {
    await ensureBuilt();
    const browser = await chromium.launch({
      executablePath: findProgram("chromium") ?? "chromium",
      args: chromiumFlags.split(" "),
    });
    return new TestBrowser(browser);
  }

  /** A page of `url`'s server, in a window of its own: no cookies but the session's, no storage. */
  async open(url: string, look: Look = {}): Promise<Page> {
    const context = await this.#browser.newContext({
      viewport: { width: look.width ?? 1280, height: look.height ?? 800 },
      colorScheme: look.theme ?? "light",
      reducedMotion: "reduce",
    });
    if (look.token !== undefined) await giveSession(context, url, look.token);
    // Only ends what hangs: the machine may be busy.
    context.setDefaultTimeout(90_000);
    const complaints: string[] = [];
    const page = await context.newPage();
    page.on("pageerror", (error) => complaints.push(error.stack ?? error.message));
    page.on("console", (message) => {
      if (message.type() === "error" && !expectedNoise.test(message.text())) complaints.push(message.text());
    });
    onTestFinished(async ({ task }) => {
      if (task.result?.state === "fail") await picture(page, `failed ${task.name.replaceAll("/", " ")}`);
      await context.close();
      expect(complaints).toEqual([]);
    });
    await page.goto(url);
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

async function giveSession(context: BrowserContext, url: string, token: string): Promise<void> {
  await context.addCookies([{ name: "coder_session_token", value: token, url: new URL(url).origin, httpOnly: true }]);
}

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string | null;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

/** Nothing that axe calls serious or critical is on the page. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  // The global that axe's own source defines.
  const { violations } = await page.evaluate<AxeResults>("axe.run()");
  const serious = violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join("\n")}`);
  expect(serious).toEqual([]);
}

/** Keeps a picture of the page to be looked at, where pictures are wanted: `HEARTH_SCREENSHOTS=folder`. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env["HEARTH_SCREENSHOTS"];
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}
