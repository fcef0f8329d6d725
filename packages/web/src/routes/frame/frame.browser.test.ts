import { endpoints } from "@hearth/sdk";
import { needs } from "@hearth/testkit";
import { describe, expect } from "vitest";
import { expectAccessible, picture } from "../../testing/browser.ts";
import { CuttableProxy } from "../../testing/cuttable-proxy.ts";
import { deploymentTest as test, nodeManifest } from "../../testing/deployment-test.ts";

describe("the frame", needs("chromium"), () => {
  test("the theme follows the system until one is chosen, and the choice stays", async ({ d, browser }) => {
    const page = await browser.open(`${d.url}/workspaces`, { token: d.client.token, theme: "dark" });
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.getByRole("heading", { level: 1 }).waitFor();
    const dark = await background();
    await page.emulateMedia({ colorScheme: "light" });
    await page.waitForFunction((before) => getComputedStyle(document.body).backgroundColor !== before, dark);

    await page.getByRole("button", { name: "Account of admin" }).click();
    await expectAccessible(page);
    await page.getByRole("menuitemradio", { name: "Dark" }).click();
    await page.waitForFunction((wanted) => getComputedStyle(document.body).backgroundColor === wanted, dark);

    await page.reload();
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(await background()).toBe(dark);
  });

  test("a lost connection is told, mended by itself, and what happened meanwhile is caught up with", async ({
    d,
    browser,
  }) => {
    const template = await d.pushTemplate("node", nodeManifest);
    const member = await d.createMember("traveller");
    await using network = await CuttableProxy.to(d.url);
    const page = await browser.open(`${network.url}/workspaces`, { token: member.token });
    await page.getByRole("heading", { name: "No workspaces yet" }).waitFor();

    network.cut();
    await page.getByText("Connection lost.").waitFor();
    await page.getByText(/Trying again in \d+ s/).waitFor();
    await expectAccessible(page);
    await picture(page, "connection-lost");
    await member.call(endpoints.workspaces.createWorkspace, {
      params: { user: "me" },
      body: { name: "meanwhile", template_id: template.id },
    });
    network.mend();

    await page.getByRole("link", { name: "meanwhile", exact: true }).waitFor();
    await page.getByText("Connection lost.").waitFor({ state: "detached" });
  });

  test("the first page needs at most 250 KB of packed JavaScript", async ({ d, browser }) => {
    const page = await browser.open(`${d.url}/workspaces`, { token: d.client.token });
    await page.getByRole("heading", { level: 1 }).waitFor();

    const sizes = await page.evaluate(() =>
      performance
        .getEntriesByType("resource")
        .filter((entry) => entry instanceof PerformanceResourceTiming)
        .filter(({ name }) => name.endsWith(".js"))
        .map(({ encodedBodySize }) => encodedBodySize),
    );

    expect(sizes.length).toBeGreaterThan(2);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(250_000);
  });

  test("the keyboard goes everywhere, and focus comes back", async ({ d, browser }) => {
    const page = await browser.open(`${d.url}/workspaces`, { token: d.client.token });
    const heading = page.getByRole("heading", { level: 1 });
    await heading.waitFor();

    await page.keyboard.press("g");
    await page.keyboard.press("t");
    await page.getByRole("heading", { level: 1, name: "Templates" }).waitFor();
    await page.keyboard.press("c");
    await page.getByRole("heading", { level: 1, name: "New workspace" }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("w");
    await page.getByRole("heading", { level: 1, name: "Workspaces" }).waitFor();

    const account = page.getByRole("button", { name: "Account of admin" });
    await account.focus();
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await account.evaluate((button) => button === document.activeElement)).toBe(true);
  });

  test("the palette reaches workspaces and what can be done with them", async ({ d, browser }) => {
    const template = await d.pushTemplate("node", nodeManifest);
    const member = await d.createMember("typist");
    const { id } = await member.call(endpoints.workspaces.createWorkspace, {
      params: { user: "me" },
      body: { name: "dev", template_id: template.id },
    });
    await d.settled(id, member);
    const page = await browser.open(`${d.url}/workspaces`, { token: member.token });
    await page.getByRole("link", { name: "dev", exact: true }).waitFor();

    await page.keyboard.press("Control+k");
    await page.getByRole("option", { name: "typist/dev" }).waitFor();
    await page.keyboard.type("stop dev");
    await page.getByRole("option", { name: "Stop typist/dev", selected: true }).waitFor();
    await expectAccessible(page);
    await picture(page, "palette");
    await page.keyboard.press("Enter");
    await page.getByText("Stopped", { exact: true }).waitFor();

    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: /Find a workspace/ }).fill("dev");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "typist/dev" }).waitFor();
  });
});
