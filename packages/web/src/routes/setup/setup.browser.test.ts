import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "@hearth/base";
import { readConfig, startServer } from "@hearth/server";
import { createTestDatabase, needs, simulatedEngine } from "@hearth/testkit";
import { describe, expect, test } from "vitest";
import { expectAccessible, picture, TestBrowser } from "../../testing/browser.ts";

describe("setting up", needs("chromium"), () => {
  test("a fresh deployment asks for its owner, once, and logs them in", async () => {
    await using undo = new AsyncDisposableStack();
    const database = undo.use(await createTestDatabase());
    const dataDir = await mkdtemp(join(tmpdir(), "hearth-setup-"));
    undo.defer(() => rm(dataDir, { recursive: true, force: true }));
    const server = undo.use(
      await startServer({
        config: readConfig({
          HEARTH_DATA_DIR: dataDir,
          HEARTH_HTTP_ADDRESS: "127.0.0.1:0",
          HEARTH_PG_CONNECTION_URL: database.connectionString,
        }),
        log: silentLogger,
        signal: new AbortController().signal,
        engines: [simulatedEngine()],
      }),
    );
    const browser = undo.use(await TestBrowser.launch());
    const page = await browser.open(server.url);
    await page.getByRole("heading", { name: "Welcome to Hearth" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/setup");
    await expectAccessible(page);
    await picture(page, "setup");

    await page.getByLabel("E-mail address").fill("Ada.Lovelace@example.com");
    expect(await page.getByLabel("User name").inputValue()).toBe("ada-lovelace");
    await page.getByLabel("Password").fill("short");
    await page.getByRole("button", { name: "Create the owner's account" }).click();
    await page.getByRole("alert").waitFor();

    await page.getByLabel("Password").fill("Analytical-Engine-1843");
    await page.getByRole("button", { name: "Create the owner's account" }).click();
    await page.getByRole("heading", { level: 1, name: "Workspaces" }).waitFor();
    await page.getByRole("button", { name: "Account of ada-lovelace" }).waitFor();

    await page.goto(`${server.url}/setup`);
    await page.getByRole("heading", { level: 1, name: "Workspaces" }).waitFor();
  });
});
