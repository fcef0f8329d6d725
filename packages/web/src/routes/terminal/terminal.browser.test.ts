import { endpoints, type Client } from "@hearth/sdk";
import { Deployment, needs, pushTemplate, RealServer } from "@hearth/testkit";
import type { Page } from "playwright-core";
import { describe, expect } from "vitest";
import { expectAccessible, picture } from "../../testing/browser.ts";
import { browserTest as test } from "../../testing/deployment-test.ts";

const manifest = `
name: shell
workspace:
  engine: process
agents:
  - name: main
`;

/** What stands on the screen of the shell that is seen. */
function screen(page: Page) {
  return page.locator(".xterm-rows:visible");
}

async function type(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox", { name: /Shell/ }).and(page.locator(":visible")).focus();
  await page.keyboard.type(text);
  await page.keyboard.press("Enter");
}

async function createWorkspace(client: Client, templateId: string, name: string): Promise<string> {
  const { id } = await client.call(endpoints.workspaces.createWorkspace, {
    params: { user: "me" },
    body: { name, template_id: templateId },
  });
  return id;
}

describe("the terminal", needs("chromium"), () => {
  test("types into a shell, keeps it over a reload, and has several", async ({ browser }) => {
    await using d = await Deployment.create({ engine: "process" });
    const template = await d.pushTemplate("shell", manifest);
    await d.settled(await createWorkspace(d.client, template.id, "dev"));
    const page = await browser.open(`${d.url}/@admin/dev`, { token: d.client.token });
    await page.getByRole("heading", { level: 1, name: "admin/dev" }).waitFor();
    await page.keyboard.press("t");
    await page.getByRole("button", { name: "Shell 1", pressed: true }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/@admin/dev/terminal");

    await type(page, "MARK=fire; echo $((6*7))-answers");
    await screen(page).getByText("42-answers").waitFor();
    await expectAccessible(page);
    await picture(page, "terminal");
    await page.reload();
    await screen(page).getByText("42-answers").waitFor();
    await type(page, "echo still-$MARK");
    await screen(page).getByText("still-fire").waitFor();

    await page.getByRole("button", { name: "New shell" }).click();
    await page.getByRole("button", { name: "Shell 2", pressed: true }).waitFor();
    await type(page, "echo other-$MARK-shell");
    await screen(page).getByText("other--shell").waitFor();
    await page.getByRole("button", { name: "Close this shell" }).click();
    await screen(page).getByText("still-fire").waitFor();

    await page.setViewportSize({ width: 400, height: 700 });
    await type(page, "echo width-$(tput cols)");
    await screen(page)
      .getByText(/^width-[45]\d$/)
      .waitFor();
    await page.getByRole("textbox", { name: /Shell 1/ }).focus();
    await page.keyboard.type("sleep 600");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Ctrl" }).click();
    await page.keyboard.type("c");
    await type(page, "echo interrupted-$?");
    await screen(page).getByText("interrupted-130").waitFor();
    await expectAccessible(page);
    await picture(page, "terminal-400");

    await page.keyboard.press("Shift+Escape");
    expect(await page.getByRole("button", { name: "Shell 1" }).evaluate((tab) => tab === document.activeElement)).toBe(
      true,
    );
    await type(page, "exit");
    await page.getByText("The shell has ended.").waitFor();
    await page.getByRole("button", { name: /Start another/ }).click();
    await type(page, "echo fresh-$MARK-shell");
    await screen(page).getByText("fresh--shell").waitFor();
  });

  test("answers what a program asks once, and never again what was asked in the past", async ({ browser }) => {
    await using d = await Deployment.create({ engine: "process" });
    const template = await d.pushTemplate("shell", manifest);
    await d.settled(await createWorkspace(d.client, template.id, "dev"));
    const page = await browser.open(`${d.url}/@admin/dev/terminal`, { token: d.client.token });
    await type(page, "exec bash --norc");
    await type(page, `IFS= read -rs -d R -t 20 -p $'\\e[6n' at; echo "at-\${at#*[}-end"`);
    await screen(page)
      .getByText(/^at-\d+;\d+-end$/)
      .waitFor();

    // Device attributes, status, cursor, colours, settings, version, modes, keyboard, and where the focus is.
    const questions = [
      "\\e[c\\e[>c\\e[=c\\e[5n\\e[6n\\e[?6n\\e]4;1;?\\a\\e]10;?\\e\\\\\\e]11;?\\a\\e]12;?\\a",
      "\\eP$qm\\e\\\\\\e[>0q\\e[?2026$p\\e[4$p\\e[?u\\e[?1004h\\e[?1004l",
    ].join("");
    await type(
      page,
      `stty raw -echo; printf '${questions}'; timeout 1 cat > heard; stty sane; wc -c < heard; cat -v heard | head -c 12; echo; cat -v`,
    );
    await screen(page).getByText("^[[?").first().waitFor();
    await page.keyboard.type("before");
    await page.keyboard.press("Enter");
    await expect.poll(async () => (await screen(page).innerText()).split("before").length).toBe(3);
    const asked = (await screen(page).innerText()).split("^[").length;

    await page.reload();
    await screen(page).getByText("before").first().waitFor();
    await type(page, "after");
    await expect.poll(async () => (await screen(page).innerText()).split("after").length).toBe(3);

    expect((await screen(page).innerText()).split("^[").length).toBe(asked);
  });

  test("waits for a workspace that does not run, and opens by itself", async ({ browser }) => {
    await using d = await Deployment.create({ engine: "process" });
    const template = await d.pushTemplate("shell", manifest);
    const id = await createWorkspace(d.client, template.id, "dev");
    await d.settled(id);
    await d.client.call(endpoints.builds.createBuild, { params: { workspace: id }, body: { transition: "stop" } });
    await d.settled(id);
    const page = await browser.open(`${d.url}/@admin/dev?tab=terminal`, { token: d.client.token });

    await page.getByText("The terminal opens by itself when it can.").waitFor();
    await expectAccessible(page);
    await page.getByRole("tabpanel").getByRole("button", { name: "Start" }).click();
    await type(page, "echo awake-$((40+2))");
    await screen(page).getByText("awake-42").waitFor();
  });

  test("comes back to its shell when the server was killed and is started again", async ({ browser }) => {
    await using server = await RealServer.prepare();
    await server.start();
    const client = await server.logIn();
    const template = await pushTemplate(client, "shell", manifest);
    await createWorkspace(client, template.id, "dev");
    const page = await browser.open(`${server.url}/@owner/dev/terminal`, { token: client.token });
    await type(page, "MARK=fire; echo before-$((6*7))");
    await screen(page).getByText("before-42").waitFor();

    await server.kill();
    await page.getByText("Connection lost.").waitFor();
    await screen(page).getByText("before-42").waitFor();
    await server.start();

    await page.locator('[data-phase="open"]').waitFor();
    await type(page, "echo after-$MARK");
    await screen(page).getByText("after-fire").waitFor();
    expect(await screen(page).getByText("before-42").count()).toBe(1);
  }, 400_000);
});
