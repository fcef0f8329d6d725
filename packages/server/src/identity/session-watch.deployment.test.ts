import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { endpoints, type Client } from "@hearth/sdk";
import { Deployment } from "@hearth/testkit";

const manifest = `
workspace: { engine: process }
agents: [{ name: main }]
`;

let deployment: Deployment;
let templateId: string;

beforeAll(async () => {
  deployment = await Deployment.create();
  templateId = (await deployment.pushTemplate("plain", manifest)).id;
});
afterAll(async () => await deployment[Symbol.asyncDispose]());

/** A session of its own that a member opens: an event stream, a watch and a tunnel, all open. */
async function openEverything(client: Client, workspaceId: string, agentId: string) {
  const events = await fetch(client.urlOf(endpoints.hearth.watchWorkspaces, {}), {
    headers: { "Coder-Session-Token": client.token ?? "" },
  });
  const watch = await openSocket(
    client,
    client.urlOf(endpoints.workspaces.watchWorkspaceSocket, { params: { workspace: workspaceId } }, "ws"),
  );
  const tunnel = await openSocket(
    client,
    client.urlOf(endpoints.hearth.dial, { params: { workspaceagent: agentId }, query: { port: 1 } }, "ws"),
  );
  return { events, watch, tunnel };
}

async function openSocket(client: Client, url: URL | string): Promise<WebSocket> {
  const socket = new WebSocket(url, { headers: { "Coder-Session-Token": client.token ?? "" } });
  await once(socket, "open");
  return socket;
}

test.for([
  ["logs out", (_owner, member) => member.call(endpoints.auth.logout, {})],
  [
    "is suspended",
    (owner, _member, name) => owner.call(endpoints.users.suspendUser, { params: { user: name } }).then(() => undefined),
  ],
  [
    "gets another password from an owner",
    (owner, _member, name) =>
      owner.call(endpoints.users.updateUserPassword, {
        params: { user: name },
        body: { password: "An0ther-Passw0rd", old_password: "" },
      }),
  ],
] as const satisfies [string, (owner: Client, member: Client, name: string) => Promise<unknown>][])(
  "who %s keeps no event stream, watch or tunnel open",
  async ([what, end]) => {
    const name = what.replaceAll(" ", "-").slice(0, 20);
    const member = await deployment.createMember(name);
    const { id } = await member.call(endpoints.workspaces.createWorkspace, {
      params: { user: "me" },
      body: { template_id: templateId, name: "dev" },
    });
    const workspace = await deployment.settled(id);
    const agent = workspace.latest_build.resources.flatMap(({ agents }) => agents ?? [])[0];
    const { events, watch, tunnel } = await openEverything(member, id, agent?.id ?? "");
    const kept = await openSocket(
      deployment.client,
      deployment.client.urlOf(endpoints.workspaces.watchWorkspaceSocket, { params: { workspace: id } }, "ws"),
    );

    const [watchEnd, tunnelEnd] = await Promise.all([
      once(watch, "close"),
      once(tunnel, "close"),
      events.text(),
      end(deployment.client, member, name),
    ]);

    expect(watchEnd[0]).toBe(1008);
    expect(tunnelEnd[0]).toBe(1008);
    expect(kept.readyState).toBe(WebSocket.OPEN);
    kept.terminate();
  },
);
