import { once } from "node:events";
import { createServer } from "node:http";
import { endpoints } from "@hearth/sdk";
import { needs, type Deployment } from "@hearth/testkit";
import type { Page } from "playwright-core";
import { describe, expect } from "vitest";
import { deploymentTest } from "../../testing/deployment-test.ts";

/** With the address of somebody's page on another port of the same host: browsers call that the same site. */
const test = deploymentTest.extend<{ elsewhere: string }>({
  elsewhere: [
    // oxlint-disable-next-line no-empty-pattern -- vitest reads from the pattern that no other fixture is wanted
    async ({}, use) => {
      const server = createServer((_request, answer) => {
        answer.setHeader("Content-Type", "text/html").end("<title>elsewhere</title><h1>Elsewhere</h1>");
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      const address = server.address();
      await use(typeof address === "string" || address === null ? "" : `http://127.0.0.1:${address.port}`);
      server.close();
      server.closeAllConnections();
    },
    { scope: "file" },
  ],
});

interface Form {
  readonly action: string;
  readonly body: object;
}

/** Sends JSON by a form, as a page may to any address: the text in the name of a field, its end in the value. */
async function submitForm(page: Page, { action, body }: Form): Promise<{ status: number; text: string }> {
  const field = { name: JSON.stringify(body).replace(/}$/, ',"ignored":"'), value: '"}' };
  const answered = page.waitForResponse((response) => response.request().method() === "POST");
  await page.evaluate(
    ({ action: to, field: { name, value } }) => {
      const form = document.createElement("form");
      Object.assign(form, { method: "POST", action: to, enctype: "text/plain" });
      const input = document.createElement("input");
      Object.assign(input, { type: "hidden", name, value });
      form.append(input);
      document.body.append(form);
      form.submit();
    },
    { action, field },
  );
  const answer = await answered;
  return { status: answer.status(), text: await answer.text() };
}

/** What a script of the page gets; it may not read answers of another address, only that they came. */
async function fetchFrom(page: Page, url: string, body: object): Promise<void> {
  await page.evaluate(
    async ({ to, text }) => {
      await fetch(to, { method: "POST", mode: "no-cors", credentials: "include", body: text });
    },
    { to: url, text: JSON.stringify(body) },
  );
}

/** A session of the owner's that a test may end. */
async function sessionOf({ client }: Deployment): Promise<string> {
  const credentials = { email: "admin@example.com", password: "Passw0rd-of-admin" };
  return (await client.call(endpoints.auth.login, { body: credentials })).session_token;
}

const eve = (username: string) => ({
  username,
  email: `${username}@example.com`,
  password: "Passw0rd-of-eve",
  login_type: "password",
  roles: ["owner"],
});

describe("a page of another port of the same host", needs("chromium"), () => {
  test("makes no user with its visitor's session, while the dashboard goes on", async ({ d, browser, elsewhere }) => {
    const page = await browser.open(`${d.url}/workspaces`, { token: await sessionOf(d) });
    await page.getByRole("heading", { level: 1, name: "Workspaces" }).waitFor();
    const paths = ["/api/v2/users", "/%61pi/v2/users", "/api/v2/%75sers"];

    const refused: unknown[] = [];
    for (const [index, path] of paths.entries()) {
      await page.goto(elsewhere);
      await fetchFrom(page, `${d.url}${path}`, eve(`eve-by-script-${index}`));
      refused.push(await submitForm(page, { action: `${d.url}${path}`, body: eve(`eve-by-form-${index}`) }));
    }

    const { users } = await d.client.call(endpoints.users.listUsers, {});
    expect(users.map(({ username }) => username)).toEqual(["admin"]);
    const refusal = {
      status: 400,
      text: expect.stringMatching(/^Something is wrong with your CSRF token\./) as string,
    };
    expect(refused).toEqual(paths.map(() => refusal));

    // The session was not touched, and the dashboard changes things with it.
    await page.goto(`${d.url}/workspaces`);
    await page.getByRole("button", { name: "Account of admin" }).click();
    await page.getByRole("menuitem", { name: "Log out" }).click();
    await page.getByRole("heading", { name: "Log in to Hearth" }).waitFor();
  });

  test("opens no socket and no stream with it", async ({ d, browser, elsewhere }) => {
    const { client } = d;
    const template = await d.pushTemplate("plain", "workspace: { engine: process }\nagents: [{ name: main }]\n");
    const made = await sessionOf(d);
    const workspace = await client.call(endpoints.workspaces.createWorkspace, {
      params: { user: "me" },
      body: { template_id: template.id, name: "dev" },
    });
    await d.settled(workspace.id);
    const page = await browser.open(elsewhere);
    const opens = async (query: string) =>
      await page.evaluate(
        async (url) =>
          await new Promise<boolean>((resolve) => {
            const socket = new WebSocket(url);
            socket.onopen = () => resolve(true);
            socket.onerror = () => resolve(false);
          }),
        `${d.url.replace("http", "ws")}/api/v2/workspaces/${workspace.id}/watch-ws${query}`,
      );

    expect(await opens(`?coder_session_token=${made}`)).toBe(true); // whoever knows a token needs no cookie
    await page.context().addCookies([{ name: "coder_session_token", value: made, url: d.url, httpOnly: true }]);

    expect(await opens("")).toBe(false);
    expect(await opens("?coder_session_token=junk")).toBe(false);
    const status = page.waitForResponse((response) => response.url().endsWith("/watch"));
    await page.evaluate(
      async (url) => void (await fetch(url, { mode: "no-cors", credentials: "include" })),
      `${d.url}/api/v2/workspaces/${workspace.id}/watch`,
    );
    expect((await status).status()).toBe(403);
  });

  test("puts no other session in the place of its visitor's", async ({ d, browser, elsewhere }) => {
    await d.createMember("mallory");
    const page = await browser.open(elsewhere);

    const answer = await submitForm(page, {
      action: `${d.url}/api/v2/users/login`,
      body: { email: "mallory@example.com", password: "Passw0rd-of-mallory" },
    });

    expect(answer).toMatchObject({ status: 400, text: expect.stringMatching(/CSRF/) as string });
    const cookies = await page.context().cookies(d.url);
    expect(cookies.map(({ name }) => name)).not.toContain("coder_session_token");
  });
});
