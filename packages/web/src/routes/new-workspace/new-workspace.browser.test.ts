import { endpoints, type Workspace } from "@hearth/sdk";
import { needs } from "@hearth/testkit";
import { describe, expect } from "vitest";
import { expectAccessible, picture } from "../../testing/browser.ts";
import { deploymentTest as test, nodeManifest } from "../../testing/deployment-test.ts";

describe("creating a workspace", needs("chromium"), () => {
  test("a preset with a warm workspace is claimed", async ({ d, browser }) => {
    const template = await d.pushTemplate("node", nodeManifest);
    const member = await d.createMember("claimer");
    await d.until(
      "the pool is warm",
      () => d.client.call(endpoints.hearth.listPools, { params: { template: template.id } }),
      (pools) => pools.some(({ ready }) => ready > 0),
    );
    const page = await browser.open(`${d.url}/workspaces`, { token: member.token });
    await page.getByRole("link", { name: "New workspace" }).click();
    await page.getByRole("heading", { name: "New workspace" }).waitFor();
    await page.getByText("1 warm now").waitFor();
    await expectAccessible(page);
    await picture(page, "new-workspace");

    await page.getByLabel("Name", { exact: true }).fill("mine");
    await page.getByLabel("Note").fill("a test");
    await page.getByRole("button", { name: "Create workspace" }).click();
    await page.getByRole("heading", { level: 1, name: "claimer/mine" }).waitFor();
    await page.getByText(/claimed in [\d.]+ m?s/).waitFor();

    const workspace = await member.call(endpoints.workspaces.getWorkspaceByName, {
      params: { user: "me", workspacename: "mine" },
    });
    expect(workspace.latest_build.build_number).toBe(2);
    const values = await member.call(endpoints.builds.listBuildParameters, {
      params: { workspacebuild: workspace.latest_build.id },
    });
    expect(values).toContainEqual({ name: "note", value: "a test" });
  });

  test("what happens while the answer is on its way is not missed", async ({ d, browser }) => {
    await d.pushTemplate("node", nodeManifest);
    const member = await d.createMember("overtaken");
    const page = await browser.open(`${d.url}/workspaces/new?template=node&name=late`, {
      token: member.token,
    });
    // Its events came first, and are gone.
    await page.route("**/api/v2/workspace-events", (route) => route.abort());
    await page.route("**/api/v2/users/me/workspaces", async (route) => {
      const answer = await route.fetch();
      const asMade = (await answer.json()) as Workspace;
      await d.until(
        "it is ready",
        () => member.call(endpoints.workspaces.getWorkspace, { params: { workspace: asMade.id } }),
        ({ origin }) => typeof origin?.ready_ms === "number",
      );
      const json = { ...asMade, origin: { ...asMade.origin, ready_ms: null } };
      await route.fulfill({ response: answer, json });
    });
    await page.getByRole("button", { name: "Create workspace" }).click();
    await page.getByRole("heading", { level: 1, name: "overtaken/late" }).waitFor();

    await page.getByText(/(built|claimed) in [\d.]+ m?s/).waitFor();
  });

  test("the address fills the form, and the form the address", async ({ d, browser }) => {
    await d.pushTemplate("node", nodeManifest);
    const member = await d.createMember("sharer");
    const page = await browser.open(
      `${d.url}/workspaces/new?template=node&preset=Large&name=shared&param.note=from+a+friend`,
      { token: member.token },
    );
    await page.getByRole("radio", { name: "Large", checked: true }).waitFor();
    expect(await page.getByLabel("Name", { exact: true }).inputValue()).toBe("shared");
    expect(await page.getByLabel("Note").inputValue()).toBe("from a friend");

    await page.getByLabel("Note").fill("changed");
    await page.getByLabel("Name", { exact: true }).focus();

    await page.waitForURL((url) => url.searchParams.get("param.note") === "changed");
    await page.reload();
    expect(await page.getByLabel("Note").inputValue()).toBe("changed");
  });

  test("a name that is taken is told at the field", async ({ d, browser }) => {
    const template = await d.pushTemplate("node", nodeManifest);
    const member = await d.createMember("twin");
    await member.call(endpoints.workspaces.createWorkspace, {
      params: { user: "me" },
      body: { name: "dev", template_id: template.id },
    });
    const page = await browser.open(`${d.url}/workspaces/new?template=node&name=dev`, { token: member.token });

    await page.getByRole("button", { name: "Create workspace" }).click();
    await page.getByRole("alert").waitFor();

    const name = page.getByLabel("Name", { exact: true });
    expect(await name.getAttribute("aria-invalid")).toBe("true");
    await expectAccessible(page);
    await name.fill("dev-2");
    await page.getByRole("button", { name: "Create workspace" }).click();
    await page.getByRole("heading", { level: 1, name: "twin/dev-2" }).waitFor();
  });

  test("a template's pattern is checked while one types, and does not stop the page", async ({ d, browser }) => {
    await d.pushTemplate("patterned", patternedManifest);
    // An engine that goes back tries two to the power of forty ways to match this.
    const long = `${"a".repeat(40)}!`;
    const page = await browser.open(`${d.url}/workspaces/new?template=patterned&name=p&param.project=${long}`, {
      token: d.client.token,
    });
    const field = page.getByLabel("project");
    expect(await field.inputValue()).toBe(long);
    await page.getByRole("button", { name: "Create workspace" }).click();
    await page.getByText("letters a only, please").waitFor();

    await field.fill("aaaa");
    await page.getByText("letters a only, please").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Create workspace" }).click();
    await page.getByRole("heading", { level: 1, name: "admin/p" }).waitFor();
  });
});

const patternedManifest = `
parameters:
  - name: project
    default: a
    mutable: true
    validation: { regex: "^(a+)+$", error: "letters a only, please" }
workspace: { engine: process }
agents: [{ name: main }]
`;
