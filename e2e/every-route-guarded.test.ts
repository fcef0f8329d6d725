import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { endpoints, type Client } from "@hearth/sdk";
import { Deployment } from "@hearth/testkit";

// The table of routes is the server's own: a route that comes later is asked too.

const manifest = `
workspace: { engine: process }
agents: [{ name: main }]
`;

interface Operation {
  readonly security: readonly object[];
  readonly "x-websocket"?: true;
}

let deployment: Deployment;
let stranger: Client;
/** What stands for each parameter of a path: all of it the owner's. */
let names: Readonly<Record<string, string>>;
let operations: { method: string; path: string; isOpen: boolean; isWebSocket: boolean }[];

beforeAll(async () => {
  deployment = await Deployment.create();
  const { client } = deployment;
  const template = await deployment.pushTemplate("plain", manifest);
  const workspace = await client.call(endpoints.workspaces.createWorkspace, {
    params: { user: "me" },
    body: { template_id: template.id, name: "private" },
  });
  const settled = await deployment.until(
    "it runs",
    () => client.call(endpoints.workspaces.getWorkspace, { params: { workspace: workspace.id } }),
    ({ latest_build }) => latest_build.status === "running",
  );
  stranger = await deployment.createMember("stranger");
  names = {
    workspace: settled.id,
    workspacename: settled.name,
    workspacebuild: settled.latest_build.id,
    buildnumber: "1",
    workspaceagent: settled.latest_build.resources.flatMap(({ agents }) => agents ?? [])[0]?.id ?? "",
    template: template.id,
    templateversion: template.active_version_id,
    organization: settled.organization_id,
    user: "admin",
  };
  const document = (await (await fetch(new URL("/api/docs/openapi.json", deployment.url))).json()) as {
    paths: Record<string, Record<string, Operation>>;
  };
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      isOpen: operation.security.length === 0,
      isWebSocket: operation["x-websocket"] === true,
    })),
  );
});
afterAll(async () => {
  await deployment[Symbol.asyncDispose]();
});

function urlOf(path: string): URL {
  return new URL(
    path.replaceAll(/\{(\w+)\}/g, (_, name: string) => names[name] ?? randomUUID()),
    deployment.url,
  );
}

/** The status that a question got; what follows it is not read. */
async function statusOf(method: string, path: string, token?: string): Promise<number> {
  const answer = await fetch(urlOf(path), {
    method,
    ...(token === undefined ? {} : { headers: { "Coder-Session-Token": token } }),
  });
  await answer.body?.cancel();
  return answer.status;
}

describe.for([
  ["nobody", undefined],
  ["a token that was never given", `${"a".repeat(10)}-${"b".repeat(22)}`],
  ["a token that is none", "nonsense"],
] as const)("%s", ([, token]) => {
  test("is refused by every route that is not open", async () => {
    const guarded = operations.filter(({ isOpen }) => !isOpen);
    expect(guarded.length).toBeGreaterThan(100);

    const answers = await Promise.all(
      guarded.map(async ({ method, path }) => `${method} ${path} ${await statusOf(method, path, token)}`),
    );

    expect(answers.filter((answer) => !answer.endsWith(" 401"))).toEqual([]);
  });
});

test("another member neither reads nor changes a workspace, its builds, its agents or its owner's secrets", async () => {
  const owned =
    /\{(workspace|workspacename|workspacebuild|workspaceagent|keyid|keyname)\}|gitsshkey|\/status\/|\/password/;
  const asked = operations.filter(({ path }) => owned.test(path) && !path.includes("/me/"));
  expect(asked.length).toBeGreaterThan(35);

  const answers = await Promise.all(
    asked.map(async ({ method, path }) => `${method} ${path} ${await statusOf(method, path, stranger.token)}`),
  );

  expect(answers.filter((answer) => !/ 40[34]$/.test(answer))).toEqual([]);
});

test("a page of another origin opens none of the WebSockets, though the browser sends the cookie", async () => {
  // An agent's own is opened by a token that no browser carries.
  const sockets = operations.filter(({ path, isWebSocket }) => isWebSocket && !path.includes("/me/"));
  expect(sockets.length).toBeGreaterThan(5);

  const answers = await Promise.all(
    sockets.map(async ({ path }) => {
      const url = urlOf(path);
      url.protocol = "ws:";
      if (path.endsWith("/dial")) url.search = "port=1";
      const socket = new WebSocket(url, {
        origin: "https://evil.example",
        headers: { Cookie: `coder_session_token=${deployment.client.token ?? ""}` },
      });
      socket.on("error", () => undefined); // closing it before it opened is one
      const [, answer] = (await once(socket, "unexpected-response")) as [unknown, { statusCode: number }];
      socket.terminate();
      return `${path} ${answer.statusCode}`;
    }),
  );

  expect(answers.filter((answer) => !answer.endsWith(" 403"))).toEqual([]);
});
