import { endpoints } from "@hearth/sdk";
import { needs } from "@hearth/testkit";
import { describe, expect } from "vitest";
import { expectAccessible, picture } from "../../testing/browser.ts";
import { deploymentTest as test } from "../../testing/deployment-test.ts";

describe("logging in", needs("chromium"), () => {
  test("a page that needs a session leads to the log-in, and from there back", async ({ d, browser }) => {
    const page = await browser.open(`${d.url}/templates?x=1`);
    await page.getByRole("heading", { name: "Log in to Hearth" }).waitFor();
    await expectAccessible(page);
    await picture(page, "login");

    await page.getByLabel("E-mail address").fill("admin@example.com");
    await page.getByLabel("Password").fill("wrong");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("alert").waitFor();
    await expectAccessible(page);

    await page.getByLabel("Password").fill("Passw0rd-of-admin");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("heading", { level: 1, name: "Templates" }).waitFor();

    expect(page.url()).toBe(`${d.url}/templates?x=1`);
    const cookies = await page.context().cookies();
    expect(cookies.find(({ name }) => name === "coder_session_token")?.httpOnly).toBe(true);
  });

  test("a log-in leads to no other site", async ({ d, browser }) => {
    const page = await browser.open(`${d.url}/login?redirect=//example.com/`);

    await page.getByLabel("E-mail address").fill("admin@example.com");
    await page.getByLabel("Password").fill("Passw0rd-of-admin");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("heading", { level: 1, name: "Workspaces" }).waitFor();

    expect(new URL(page.url()).origin).toBe(d.url);
  });

  test("a session that was ended elsewhere leads to the log-in, and back to the page", async ({ d, browser }) => {
    const member = await d.createMember("evicted");
    const page = await browser.open(`${d.url}/templates`, { token: member.token });
    await page.getByRole("heading", { level: 1, name: "Templates" }).waitFor();

    await member.call(endpoints.auth.logout, {});
    await page.getByRole("heading", { name: "Log in to Hearth" }).waitFor();

    await page.getByLabel("E-mail address").fill("evicted@example.com");
    await page.getByLabel("Password").fill("Passw0rd-of-evicted");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("heading", { level: 1, name: "Templates" }).waitFor();
    await page.getByRole("button", { name: "Account of evicted" }).waitFor();
  });

  test("who logs out is out, and pages lead to the log-in again", async ({ d, browser }) => {
    const member = await d.createMember("leaver");
    const page = await browser.open(`${d.url}/workspaces`, { token: member.token });
    await page.getByRole("button", { name: "Account of leaver" }).click();
    await page.getByRole("menuitem", { name: "Log out" }).click();
    await page.getByRole("heading", { name: "Log in to Hearth" }).waitFor();

    await page.goto(`${d.url}/workspaces`);
    await page.getByRole("heading", { name: "Log in to Hearth" }).waitFor();

    expect(new URL(page.url()).searchParams.get("redirect")).toBe("/workspaces");
  });
});
