import { needs } from "@hearth/testkit";
import { describe, expect } from "vitest";
import { expectAccessible, picture } from "../../testing/browser.ts";
import { deploymentTest as test, nodeManifest } from "../../testing/deployment-test.ts";

const readme = "# About node\n\nIt has **git**.\n\n<script>window.broken = true</script>\n";

describe("templates", needs("chromium"), () => {
  test("a template shows its presets, pool, versions and what its author says", async ({ d, browser }) => {
    await d.pushTemplate("node", nodeManifest, { "README.md": readme });
    const page = await browser.open(`${d.url}/templates`, { token: d.client.token });
    await page.getByRole("heading", { level: 1, name: "Templates" }).waitFor();
    await expectAccessible(page);
    await picture(page, "templates");

    await page.getByRole("link", { name: "node", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "node" }).waitFor();
    await page.getByRole("heading", { name: "About node" }).waitFor();
    await page.getByRole("row", { name: /Small default/ }).waitFor();
    await page.getByText("hearth templates push node").waitFor();
    await page.getByText("<script>").waitFor();
    expect(await page.evaluate(() => "broken" in window)).toBe(false);
    await expectAccessible(page);
    await picture(page, "template");
  });

  test("a version is promoted after a question", async ({ d, browser }) => {
    await d.pushTemplate("promoted", nodeManifest);
    await d.pushTemplate("promoted", nodeManifest.replace("Node 24", "Node 26"));
    const page = await browser.open(`${d.url}/templates/promoted`, { token: d.client.token });
    const promote = page.getByRole("button", { name: /^Promote / });
    const old = (await promote.getAttribute("aria-label"))?.replace("Promote ", "") ?? "";

    await promote.click();
    await page.getByRole("dialog", { name: `Promote ${old}?` }).waitFor();
    await expectAccessible(page);
    await page.getByRole("dialog").getByRole("button", { name: "Promote" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });

    await page.getByText(`version ${old}`).waitFor();
  });
});
