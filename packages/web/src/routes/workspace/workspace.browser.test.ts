import { endpoints, type Client, type Workspace } from "@hearth/sdk";
import { needs, type Deployment } from "@hearth/testkit";
import { describe, expect } from "vitest";
import { expectAccessible, picture, type TestBrowser } from "../../testing/browser.ts";
import { deploymentTest as test, nodeManifest } from "../../testing/deployment-test.ts";

async function withWorkspace(d: Deployment, username: string): Promise<{ member: Client; workspace: Workspace }> {
  const template = await d.pushTemplate("node", nodeManifest);
  const member = await d.createMember(username);
  const { id } = await member.call(endpoints.workspaces.createWorkspace, {
    params: { user: "me" },
    body: { name: "dev", template_id: template.id, rich_parameter_values: [{ name: "size", value: "large" }] },
  });
  return { member, workspace: await d.settled(id, member) };
}

async function open(browser: TestBrowser, d: Deployment, member: Client, path: string) {
  return await browser.open(`${d.url}${path}`, { token: member.token });
}

describe("the page of a workspace", needs("chromium"), () => {
  test("shows its state, how it came, its agent and its log", async ({ d, browser }) => {
    const { member } = await withWorkspace(d, "reader");
    const page = await open(browser, d, member, "/@reader/dev");

    await page.getByRole("heading", { level: 1, name: "reader/dev" }).waitFor();
    await page.getByText(/built in [\d.]+ m?s/).waitFor();
    await page.getByRole("heading", { name: "main" }).waitFor();
    await page.getByText("Ready").first().waitFor();
    await page.getByRole("region", { name: "Log of build 1" }).waitFor();
    await expectAccessible(page);
    await picture(page, "workspace");

    for (const tab of ["Agent log", "Parameters", "Builds"]) {
      await page.getByRole("tab", { name: tab }).click();
      await page.getByRole("tabpanel", { name: tab }).waitFor();
      await expectAccessible(page);
    }
    expect(new URL(page.url()).searchParams.get("tab")).toBe("builds");
    await page.getByRole("tab", { name: "Parameters" }).click();
    await page.getByText("large").waitFor();
  });

  test("stops, starts and restarts it", async ({ d, browser }) => {
    const { member } = await withWorkspace(d, "switcher");
    const page = await open(browser, d, member, "/@switcher/dev");
    const state = page.getByRole("main");

    await page.getByRole("button", { name: "Stop" }).click();
    await state.getByText("Stopped", { exact: true }).waitFor();
    await page.getByRole("region", { name: "Log of build 2" }).waitFor();
    await page.getByRole("button", { name: "Start" }).click();
    await state.getByText("Running", { exact: true }).waitFor();
    await page.getByRole("button", { name: "More actions for dev" }).click();
    await expectAccessible(page);
    await page.getByRole("menuitem", { name: "Restart" }).click();
    await page.getByRole("region", { name: "Log of build 5" }).waitFor();
    await state.getByText("Running", { exact: true }).waitFor();
  });

  test("deletes it only when its name is typed", async ({ d, browser }) => {
    const { member } = await withWorkspace(d, "remover");
    const page = await open(browser, d, member, "/@remover/dev");
    await page.getByRole("button", { name: "More actions for dev" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    const confirm = page.getByRole("button", { name: "Delete dev" });

    await page.getByLabel("Type dev to go on").fill("de");
    await page.keyboard.press("Enter");
    expect(await confirm.getAttribute("aria-disabled")).toBe("true");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });

    await page.getByRole("button", { name: "More actions for dev" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    expect(await page.getByLabel("Type dev to go on").inputValue()).toBe("");
    await page.getByLabel("Type dev to go on").fill("dev");
    await confirm.click();
    await page.getByRole("heading", { name: "remover/dev is deleted" }).waitFor();
    await expectAccessible(page);
  });

  test("one that is not there, or not to be seen, leads out", async ({ d, browser }) => {
    await withWorkspace(d, "owner1");
    const stranger = await d.createMember("stranger");
    const page = await open(browser, d, stranger, "/@owner1/dev");

    await page.getByRole("heading", { name: "There is nothing here" }).waitFor();
    await page.getByRole("link", { name: "Go to your workspaces" }).click();
    await page.getByRole("heading", { level: 1, name: "Workspaces" }).waitFor();
  });
});
