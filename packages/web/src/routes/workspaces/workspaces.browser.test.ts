import { endpoints, type Client, type Workspace } from "@hearth/sdk";
import { needs } from "@hearth/testkit";
import { describe, expect } from "vitest";
import { expectAccessible, picture } from "../../testing/browser.ts";
import { deploymentTest as test, nodeManifest } from "../../testing/deployment-test.ts";

async function create(client: Client, templateId: string, name: string): Promise<Workspace> {
  return await client.call(endpoints.workspaces.createWorkspace, {
    params: { user: "me" },
    body: { name, template_id: templateId },
  });
}

describe("the list of workspaces", needs("chromium"), () => {
  test("is empty at first, and says what to do", async ({ d, browser }) => {
    const page = await browser.open(`${d.url}/workspaces`, { token: d.client.token });

    await page.getByRole("heading", { name: "No workspaces yet" }).waitFor();
    await page.getByText("hearth templates push").first().waitFor();
    await expectAccessible(page);
    await picture(page, "workspaces-empty");
  });

  test("moves by itself when another client acts", async ({ d, browser }) => {
    const template = await d.pushTemplate("node", nodeManifest);
    const member = await d.createMember("mover");
    const page = await browser.open(`${d.url}/workspaces`, { token: member.token });
    await page.getByRole("heading", { name: "No workspaces yet" }).waitFor();
    const requests: string[] = [];

    const workspace = await create(member, template.id, "dev");
    const row = page.getByRole("row").filter({ has: page.getByRole("link", { name: "dev", exact: true }) });
    await row.getByText("Running").waitFor();
    await row.getByText("Ready").waitFor();
    await row.getByText(/claimed in [\d.]+ m?s|built in [\d.]+ m?s/).waitFor();
    await expectAccessible(page);
    await picture(page, "workspaces");
    page.on("request", (request) => requests.push(request.url()));

    await member.call(endpoints.builds.createBuild, {
      params: { workspace: workspace.id },
      body: { transition: "stop" },
    });
    await row.getByText("Stopped").waitFor();
    await member.call(endpoints.builds.createBuild, {
      params: { workspace: workspace.id },
      body: { transition: "delete" },
    });
    await page.getByRole("heading", { name: "No workspaces yet" }).waitFor();

    expect(requests.every((url) => url.includes("/api/v2/"))).toBe(true);
  });

  test("starts and stops from the row, and says why it cannot", async ({ d, browser }) => {
    const template = await d.pushTemplate("node", nodeManifest);
    const member = await d.createMember("starter");
    const workspace = await create(member, template.id, "dev");
    await d.settled(workspace.id, member);
    const page = await browser.open(`${d.url}/workspaces`, { token: member.token });

    await page.getByRole("button", { name: "Stop dev" }).click();
    await page.getByText("Stopped", { exact: true }).waitFor();
    const terminal = page.getByRole("button", { name: "Terminal of dev" });
    expect(await terminal.getAttribute("aria-disabled")).toBe("true");
    await terminal.focus();
    await page.getByRole("tooltip", { name: "The workspace is not running." }).waitFor();

    await page.getByRole("button", { name: "Start dev" }).click();
    await page.getByText("Running", { exact: true }).waitFor();
    await page.getByRole("link", { name: "Terminal of dev" }).waitFor();
  });

  test("filters in the API's words, completes them, and keeps the filter in the address", async ({ d, browser }) => {
    const template = await d.pushTemplate("node", nodeManifest);
    const member = await d.createMember("seeker");
    for (const name of ["red", "green"]) {
      const { id } = await create(member, template.id, name);
      await d.settled(id, member);
    }
    const page = await browser.open(`${d.url}/workspaces`, { token: member.token });
    await page.getByRole("link", { name: "red", exact: true }).waitFor();

    await page.keyboard.press("/");
    await page.keyboard.type("na");
    await page.getByRole("option", { name: "name:" }).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.keyboard.type("gre");
    await page.getByRole("link", { name: "red", exact: true }).waitFor({ state: "detached" });
    await page.getByRole("link", { name: "green", exact: true }).waitFor();
    expect(new URL(page.url()).searchParams.get("filter")).toBe("name:gre");
    await page.reload();
    await page.getByRole("link", { name: "green", exact: true }).waitFor();
    expect(await page.getByRole("combobox").inputValue()).toBe("name:gre");

    await page.getByRole("combobox").fill("colour:red");
    await page.getByRole("alert").waitFor();
    await expectAccessible(page);
  });

  test("acts on several at once, and asks before it deletes", async ({ d, browser }) => {
    const template = await d.pushTemplate("node", nodeManifest);
    const member = await d.createMember("tidier");
    for (const name of ["one", "two"]) {
      const { id } = await create(member, template.id, name);
      await d.settled(id, member);
    }
    const page = await browser.open(`${d.url}/workspaces`, { token: member.token });
    await page.getByRole("checkbox", { name: "Select all on this page" }).check();
    await page.getByText("2 workspaces selected").waitFor();

    await page.getByRole("button", { name: "Delete…" }).click();
    await expectAccessible(page);
    const confirm = page.getByRole("button", { name: "Delete these 2 workspaces" });
    expect(await confirm.getAttribute("aria-disabled")).toBe("true");
    await page.getByLabel("Type delete 2 to go on").fill("delete 2");
    await confirm.click();

    await page.getByRole("heading", { name: "No workspaces yet" }).waitFor();
  });

  test("works on a narrow screen, in both themes", async ({ d, browser }) => {
    const template = await d.pushTemplate("node", nodeManifest);
    const member = await d.createMember("walker");
    const { id } = await create(member, template.id, "pocket");
    await d.settled(id, member);
    for (const theme of ["light", "dark"] as const) {
      const page = await browser.open(`${d.url}/workspaces`, { token: member.token, width: 400, theme });
      await page.getByRole("link", { name: "pocket", exact: true }).waitFor();
      await page.getByText("Running", { exact: true }).waitFor();

      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow).toBe(0);
      await expectAccessible(page);
      await picture(page, `workspaces-400-${theme}`);
    }
  });
});
