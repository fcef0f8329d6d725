import { Deployment, needs } from "@hearth/testkit";
import { describe, expect } from "vitest";
import { expectAccessible, picture } from "../../testing/browser.ts";
import { browserTest as test } from "../../testing/deployment-test.ts";

describe("setting up", needs("chromium"), () => {
  test("a fresh deployment asks for its owner, once, and logs them in", async ({ browser }) => {
    await using d = await Deployment.create({ hasOwner: false });
    const page = await browser.open(d.url);
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

    await page.goto(`${d.url}/setup`);
    await page.getByRole("heading", { level: 1, name: "Workspaces" }).waitFor();
  });
});
