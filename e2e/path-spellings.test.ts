import { request, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { text as textOf } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { endpoints } from "@hearth/sdk";
import { Deployment } from "@hearth/testkit";

// One path can be written in many ways, and the router knows some of them. Every guard must see what the router saw: each
// spelling of a route is held to the route's rules, and whatever is no spelling of it reaches nothing of the API.

/** Ways to write `/api/v2/…`, and whether the router takes the result for the same route. */
const spellings: Readonly<Record<string, { readonly write: (path: string) => string; readonly isRoute: boolean }>> = {
  "as it is": { write: (path) => path, isRoute: true },
  "a letter encoded": { write: (path) => path.replace("/api", "/%61pi"), isRoute: true },
  "every letter of a segment encoded": { write: (path) => path.replace("/v2", "/%76%32"), isRoute: true },
  "the last letter encoded": { write: (path) => path.replace(/.$/, hexOf), isRoute: true },
  "a slash at the end": { write: (path) => `${path}/`, isRoute: true },
  "a query": { write: (path) => `${path}?a=/api/docs`, isRoute: true },
  "a fragment": { write: (path) => `${path}#/api/docs`, isRoute: true },
  "the absolute form": { write: (path) => `http://127.0.0.1${path}`, isRoute: true },
  "the absolute form of another host": { write: (path) => `http://elsewhere.example${path}`, isRoute: true },
  "the absolute form, a letter encoded": {
    write: (path) => `http://127.0.0.1${path.replace("/api", "/%61pi")}`,
    isRoute: true,
  },
  "doubled slashes before it": { write: (path) => `/${path}`, isRoute: false },
  "doubled slashes within": { write: (path) => path.replace("/v2", "//v2"), isRoute: false },
  "a dot": { write: (path) => path.replace("/v2", "/./v2"), isRoute: false },
  "two dots": { write: (path) => path.replace("/v2", "/v2/../v2"), isRoute: false },
  "two dots from a page": { write: (path) => `/workspaces/..${path}`, isRoute: false },
  "two encoded dots": { write: (path) => path.replace("/v2", "/v2/%2e%2e/v2"), isRoute: false },
  "two encoded dots from the files": { write: (path) => `/assets/%2e%2e${path}`, isRoute: false },
  "capitals before it": { write: (path) => path.replace("/api", "/API"), isRoute: false },
  "capitals within": { write: (path) => path.replace("/v2", "/V2"), isRoute: false },
  "an encoded slash": { write: (path) => path.replace("/v2", "%2fv2"), isRoute: false },
  "encoded twice": { write: (path) => path.replace("/api", "/%2561pi"), isRoute: false },
  "a semicolon at the end": { write: (path) => `${path};a=b`, isRoute: false },
  "a semicolon within": { write: (path) => path.replace("/api", "/api;a=b"), isRoute: false },
  "a backslash": { write: (path) => path.replace("/v2", "\\v2"), isRoute: false },
  "an encoded U+0000": { write: (path) => `${path}%00`, isRoute: false },
  "what decodes to nothing": { write: (path) => path.replace("/api", "/%zzapi"), isRoute: false },
};
const rows = Object.entries(spellings).map(([name, row]) => [name, row] as const);

function hexOf(letter: string): string {
  return `%${letter.charCodeAt(0).toString(16)}`;
}

const foreign = { Origin: "http://127.0.0.1:9", "Sec-Fetch-Site": "same-site" };
const json = { "Content-Type": "application/json" };
const largeBytes = 2 * 1024 * 1024;

let deployment: Deployment;
let cookie: Record<string, string>;
let workspaceId: string;

beforeAll(async () => {
  deployment = await Deployment.create({ env: { HEARTH_API_RATE_LIMIT: "100000" } });
  cookie = { Cookie: `coder_session_token=${deployment.client.token ?? ""}; csrf_token=abc`, "X-CSRF-TOKEN": "abc" };
  const template = await deployment.pushTemplate("plain", "workspace: { engine: process }\nagents: [{ name: main }]\n");
  const workspace = await deployment.client.call(endpoints.workspaces.createWorkspace, {
    params: { user: "me" },
    body: { template_id: template.id, name: "dev" },
  });
  workspaceId = (await deployment.settled(workspace.id)).id;
});
afterAll(async () => {
  await deployment[Symbol.asyncDispose]();
});

interface Heard {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly headers: IncomingHttpHeaders;
}

/** Sends the path as it is written; streams and sockets are let go of once they have begun. */
async function ask(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string | Uint8Array,
): Promise<Heard> {
  const asked = request({ port: new URL(deployment.url).port, method, path, headers, agent: false });
  const heard = Promise.withResolvers<IncomingMessage>();
  asked.once("response", heard.resolve);
  asked.once("upgrade", (answer: IncomingMessage) => heard.resolve(answer));
  asked.on("error", heard.reject); // after an answer it is the end of what was let go of
  asked.end(body);
  const answer = await heard.promise;
  const { statusCode: status = 0, headers: told } = answer;
  const type = told["content-type"] ?? "";
  const isOpen = status === 101 || type.startsWith("text/event-stream");
  const text = isOpen ? "" : await textOf(answer);
  answer.socket.destroy();
  return { status, type, text, headers: told };
}

const isPage = ({ type }: Heard) => type.startsWith("text/html");
const isCsrfRefusal = ({ status, type, text }: Heard) =>
  status === 400 && type.startsWith("text/plain") && text.startsWith("Something is wrong with your CSRF token.");

async function userNames(): Promise<string[]> {
  const { users } = await deployment.client.call(endpoints.users.listUsers, {});
  return users.map(({ username }) => username).toSorted();
}

describe.for(rows)("%s", ([name, { write, isRoute }]) => {
  const user = (username: string) =>
    JSON.stringify({
      email: `${username}@example.com`,
      username,
      password: "Passw0rd-of-user",
      login_type: "password",
    });
  const login = { email: "admin@example.com", password: "Passw0rd-of-admin" };

  test("changes nothing by a cookie alone", async () => {
    const before = await userNames();

    const bare = await ask(
      "POST",
      write("/api/v2/users"),
      { Cookie: cookie["Cookie"] ?? "", ...json },
      user("by-cookie"),
    );
    const fromElsewhere = await ask(
      "POST",
      write("/api/v2/users"),
      { ...cookie, ...json, ...foreign },
      user("by-page"),
    );
    const asForm = await ask(
      "POST",
      write("/api/v2/users"),
      { ...cookie, "Content-Type": "text/plain" },
      user("by-form"),
    );

    expect([bare, fromElsewhere, asForm].filter((heard) => heard.status < 400)).toEqual([]);
    if (isRoute) expect([bare, fromElsewhere, asForm].map(isCsrfRefusal)).toEqual([true, true, true]);
    await expect(userNames()).resolves.toEqual(before);
  });

  test("is the route for who may, or nothing", async () => {
    const made = `made-${Object.keys(spellings).indexOf(name)}`;

    const { status } = await ask("POST", write("/api/v2/users"), { ...cookie, ...json }, user(made));

    expect(status < 400).toBe(isRoute);
    expect((await userNames()).includes(made)).toBe(isRoute);
  });

  test.for([{ Origin: "http://127.0.0.1:9" }, { "Sec-Fetch-Site": "cross-site" }] as Record<string, string>[])(
    "gives a page of %o no session",
    async (page) => {
      const refused = await ask("POST", write("/api/v2/users/login"), { ...json, ...page }, JSON.stringify(login));
      const given = await ask("POST", write("/api/v2/users/login"), json, JSON.stringify(login));

      expect(refused.text).not.toContain('"session_token"');
      expect(isCsrfRefusal(refused)).toBe(isRoute);
      expect(given.text.includes('"session_token"')).toBe(isRoute);
    },
  );

  test("shows nobody who is not logged in anything but a page", async () => {
    const known = await ask("GET", write("/api/v2/users/me"));
    const unknown = await ask("GET", write("/api/v2/nothing-here"));

    // Whether a route is there is told alike for both: only the dashboard's own page says neither.
    expect(known.text).not.toContain("admin@example.com");
    expect(known.status).toBe(unknown.status);
    expect(isPage(known)).toBe(isPage(unknown));
    if (isRoute) expect(known.status).toBe(401);
    else expect([200, 400, 401, 404]).toContain(known.status);
  });

  test("counts for the route's own limit, or not at all", async () => {
    const token = { "Coder-Session-Token": deployment.client.token ?? "" };
    const remaining = async (path: string) =>
      (await ask("GET", path, token)).headers["x-ratelimit-remaining"] as string | undefined;

    const before = Number(await remaining("/api/v2/organizations"));
    const spelled = await remaining(write("/api/v2/organizations"));

    if (isRoute) expect(Number(spelled)).toBe(before - 1);
    else expect(spelled).toBeUndefined();
  });

  test("has the route's own limit of size", async () => {
    const bytes = new Uint8Array(largeBytes);
    const owner = { "Coder-Session-Token": deployment.client.token ?? "" };

    const upload = await ask("POST", write("/api/v2/files"), { ...owner, "Content-Type": "application/x-tar" }, bytes);
    const large = await ask("POST", write("/api/v2/users"), { ...owner, ...json }, bytes);

    if (isRoute) expect([upload.status === 413, large.status]).toEqual([false, 413]);
    else expect([upload.status, large.status].filter((status) => status < 400)).toEqual([]);
  });

  test("opens no stream and no socket for a page of another address", async () => {
    const upgrade = {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    };
    const own = { Origin: deployment.url, "Sec-Fetch-Site": "same-origin" };
    const watch = write(`/api/v2/workspaces/${workspaceId}/watch`);
    const socket = write(`/api/v2/workspaces/${workspaceId}/watch-ws`);
    const isOpen = ({ status, type }: Heard) => status === 101 || type.startsWith("text/event-stream");

    const refused = [
      await ask("GET", watch, { ...cookie, ...foreign }),
      await ask("GET", socket, { ...cookie, ...upgrade, ...foreign }),
      await ask("GET", socket, { ...cookie, ...upgrade, Origin: "null" }),
    ];
    const opened = [
      await ask("GET", watch, { ...cookie, ...own }),
      await ask("GET", socket, { ...cookie, ...upgrade, ...own }),
    ];
    const byHeader = await ask("GET", socket, {
      "Coder-Session-Token": deployment.client.token ?? "",
      ...upgrade,
      ...foreign,
    });

    expect(refused.map(isOpen)).toEqual([false, false, false]);
    if (isRoute) expect(refused.map(({ status }) => status)).toEqual([403, 403, 403]);
    expect([...opened, byHeader].map(isOpen)).toEqual([isRoute, isRoute, isRoute]);
  });

  test("shows the API's answer where it is the API's, and there alone", async () => {
    const heard = await ask("GET", write("/api/v2/users"), cookie);

    expect(heard.text.includes("admin@example.com")).toBe(isRoute);
    if (isRoute) expect(isPage(heard)).toBe(false);
  });
});
