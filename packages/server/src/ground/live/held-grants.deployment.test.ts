import { once } from "node:events";
import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { endpoints, type Client } from "@hearth/sdk";
import { Deployment, simulatedEngine } from "@hearth/testkit";

const manifest = `
workspace: { engine: process }
agents: [{ name: main }]
`;

const poolManifest = `
presets:
  - { name: small, prebuilds: { instances: 1 } }
workspace: { engine: process }
agents: [{ name: main }]
`;

let deployment: Deployment;
let templateId: string;
let organization: string;
/** What agents were dialled with, newest last. */
const dialled: Duplex[] = [];

beforeAll(async () => {
  const engine = simulatedEngine({
    onDial: (_port, connection) => {
      dialled.push(connection);
      connection.on("error", () => undefined); // cut, which is what is looked at
      connection.pipe(connection);
    },
  });
  deployment = await Deployment.create({ engine });
  const template = await deployment.pushTemplate("plain", manifest);
  templateId = template.id;
  organization = template.organization_id;
});
afterAll(async () => await deployment[Symbol.asyncDispose]());

let made = 0;

/** A member with a workspace that runs. */
async function makeOwner(roles: readonly string[] = []) {
  const name = `member${++made}`;
  const client = await deployment.createMember(name);
  const { id: userId } = await client.call(endpoints.users.getUser, { params: { user: "me" } });
  if (roles.length > 0)
    await deployment.client.call(endpoints.users.updateUserRoles, {
      params: { user: name },
      body: { roles: [...roles] },
    });
  const { workspaceId, agentId } = await deployment.makeWorkspace(templateId, "dev", client);
  return { name, client, userId, workspaceId, agentId };
}

type Owner = Awaited<ReturnType<typeof makeOwner>>;

async function openSocket(client: Client, url: URL | string): Promise<WebSocket> {
  const socket = new WebSocket(url, { headers: { "Coder-Session-Token": client.token ?? "" } });
  await once(socket, "open");
  return socket;
}

async function openStream(client: Client, url: URL | string): Promise<Response> {
  return await fetch(url, { headers: { "Coder-Session-Token": client.token ?? "" } });
}

interface Opened {
  readonly streams: Record<string, Promise<string>>;
  readonly sockets: Record<string, Promise<unknown[]>>;
  /** The agent's ends of the terminal and the tunnel. */
  readonly dials: readonly Duplex[];
}

/** Everything about a workspace that stays open, and how each ends. */
async function openAll(client: Client, { workspaceId, agentId }: Owner): Promise<Opened> {
  const params = { workspace: workspaceId };
  const agent = { workspaceagent: agentId };
  const watch = await openStream(client, client.urlOf(endpoints.workspaces.watchWorkspace, { params }));
  const metadata = await openStream(client, client.urlOf(endpoints.agents.watchMetadata, { params: agent }));
  const sockets = {
    watch: client.urlOf(endpoints.workspaces.watchWorkspaceSocket, { params }, "ws"),
    logs: client.urlOf(endpoints.agents.getAgentLogs, { params: agent, query: { follow: true } }, "ws"),
    metadata: client.urlOf(endpoints.agents.watchMetadataSocket, { params: agent }, "ws"),
    terminal: client.urlOf(endpoints.agents.openTerminal, { params: agent, query: { reconnect: randomUUID() } }, "ws"),
    tunnel: client.urlOf(endpoints.hearth.dial, { params: agent, query: { port: 1 } }, "ws"),
  };
  const before = dialled.length;
  const ends: Record<string, Promise<unknown[]>> = {};
  for (const [name, url] of Object.entries(sockets)) {
    const socket = await openSocket(client, url);
    ends[name] = once(socket, "close");
    if (name === "terminal" || name === "tunnel") {
      socket.send(name === "terminal" ? JSON.stringify({ data: "hello" }) : "hello", { binary: name === "tunnel" });
      await once(socket, "message");
    }
  }
  return { streams: { watch: watch.text(), metadata: metadata.text() }, sockets: ends, dials: dialled.slice(before) };
}

/** Everything ended with a code, and nothing of it is left at the agent. */
async function expectAllEnded(
  { streams, sockets, dials }: Opened,
  endedInOrder: readonly string[] = [],
): Promise<void> {
  for (const [name, end] of Object.entries(sockets)) {
    const [code] = (await end) as [number];
    expect([name, endedInOrder.includes(name) && code === 1000 ? 1008 : code]).toEqual([name, 1008]);
  }
  for (const text of Object.values(streams)) {
    expect(await text).toMatch(/event: error\ndata: \{"message":"[^"]+","code":"not_found"\}\n\n$/);
  }
  expect(dials).toHaveLength(2);
  for (const connection of dials) if (!connection.closed) await once(connection, "close");
}

/** What somebody hears of all workspaces. */
async function follow(client: Client) {
  const answer = await openStream(client, client.urlOf(endpoints.hearth.watchWorkspaces, {}));
  if (answer.body === null) throw new Error("no body");
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  return {
    /** Everything up to and with the first event that speaks of this. */
    async heardUntil(what: string): Promise<string> {
      while (!text.includes(what)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`ended after ${text}`);
        text += value;
      }
      const end = text.indexOf("\n\n", text.indexOf(what)) + 2;
      const heard = text.slice(0, end);
      text = text.slice(end);
      return heard;
    },
    close: () => reader.cancel(),
  };
}

const zero = "00000000-0000-0000-0000-000000000000";

async function touch({ client, workspaceId }: Owner): Promise<void> {
  await client.call(endpoints.workspaces.updateWorkspaceTtl, {
    params: { workspace: workspaceId },
    body: { ttl_ms: 3_600_000 + ++made * 60_000 },
  });
}

test("an owner of the deployment who is none any more keeps nothing of others' workspaces open", async () => {
  const alice = await makeOwner();
  const olga = await makeOwner(["owner"]);
  const opened = await openAll(olga.client, alice);
  const all = await follow(olga.client);
  await touch(alice);
  await all.heardUntil(alice.workspaceId);

  await deployment.client.call(endpoints.users.updateUserRoles, { params: { user: olga.name }, body: { roles: [] } });
  await expectAllEnded(opened);

  // The list goes on with what is still hers, and its reader is told to read it again.
  expect(await all.heardUntil(`"workspace_id":"${zero}"`)).toContain('"kind":"resync"');
  await touch(alice);
  await touch(olga);
  expect(await all.heardUntil(olga.workspaceId)).not.toContain(alice.workspaceId);
  await all.close();
});

test("whoever owned a workspace that went to another keeps nothing of it open", async () => {
  const alice = await makeOwner();
  const bob = await makeOwner();
  const opened = await openAll(alice.client, alice);
  const { database, pubsub } = deployment.server;

  await database.db
    .updateTable("workspaces")
    .set({ owner_id: bob.userId, name: "taken-over" })
    .where("id", "=", alice.workspaceId)
    .execute();
  pubsub.publish("object_access", alice.workspaceId, {});

  await expectAllEnded(opened);
});

test("a workspace that another owns is not shown to its watchers once more, though nobody said that it moved", async () => {
  const alice = await makeOwner();
  const bob = await makeOwner();
  const { client, workspaceId } = alice;
  const params = { workspace: workspaceId };
  const watch = await openStream(client, client.urlOf(endpoints.workspaces.watchWorkspace, { params }));
  const { database, pubsub } = deployment.server;

  await database.db
    .updateTable("workspaces")
    .set({ owner_id: bob.userId, name: "moved" })
    .where("id", "=", workspaceId)
    .execute();
  pubsub.publish("workspace_owner", bob.userId, { kind: "state_change", workspace_id: workspaceId });

  const text = await watch.text();
  expect(text).not.toContain('"name":"moved"');
  expect(text).toMatch(/event: error\ndata: \{"message":"You can no longer see this workspace."\}\n\n$/);
});

test("whoever was given a use of a workspace keeps nothing open once that is taken back, by user and by group", async () => {
  const alice = await makeOwner();
  const bob = await makeOwner();
  const { database, pubsub } = deployment.server;
  const share = async (acls: { user_acl: Record<string, string[]>; group_acl: Record<string, string[]> }) =>
    await database.db
      .updateTable("workspaces")
      .set({ user_acl: JSON.stringify(acls.user_acl), group_acl: JSON.stringify(acls.group_acl) })
      .where("id", "=", alice.workspaceId)
      .execute();
  for (const acls of [
    { user_acl: { [bob.userId]: ["use"] }, group_acl: {} },
    { user_acl: {}, group_acl: { [organization]: ["use"] } },
  ]) {
    await share(acls);
    const opened = await openAll(bob.client, alice);

    await share({ user_acl: {}, group_acl: {} });
    pubsub.publish("object_access", alice.workspaceId, {});

    await expectAllEnded(opened);
  }
});

test("a claim ends what others had open of the workspace that the pool gave away, and shows them nothing of its owner", async () => {
  const pool = await deployment.pushTemplate("pool", poolManifest);
  const bob = await makeOwner();
  const { database } = deployment.server;
  const ready = await deployment.until(
    "the pool has a ready workspace",
    async () => await readyOfPool(pool.id),
    (found) => found !== undefined,
  );
  const prebuilt: Owner = { ...bob, workspaceId: ready?.workspace ?? "", agentId: ready?.agent ?? "" };
  await database.db
    .updateTable("workspaces")
    .set({ user_acl: JSON.stringify({ [bob.userId]: ["use"] }) })
    .where("id", "=", prebuilt.workspaceId)
    .execute();
  const opened = await openAll(bob.client, prebuilt);

  const claimed = await deployment.client.call(endpoints.workspaces.createWorkspace, {
    params: { user: "me" },
    body: { template_id: pool.id, template_version_preset_id: ready?.preset ?? "", name: "secret-name" },
  });

  expect(claimed.id).toBe(prebuilt.workspaceId);
  // A claim gives the workspace new agents: the logs of the old one may have come to their end first.
  await expectAllEnded(opened, ["logs"]);
  for (const text of Object.values(opened.streams)) expect(await text).not.toContain("secret-name");
});

async function readyOfPool(poolId: string) {
  return await deployment.server.database.db
    .selectFrom("workspaces as w")
    .innerJoin("workspace_agents as a", "a.workspace_id", "w.id")
    .innerJoin("workspace_builds as b", "b.workspace_id", "w.id")
    .select(["w.id as workspace", "a.id as agent", "b.template_version_preset_id as preset"])
    .where("w.template_id", "=", poolId)
    .where("a.lifecycle_state", "=", "ready")
    .executeTakeFirst();
}

test("a member who was removed from the organization keeps nothing in it open", async () => {
  const alice = await makeOwner();
  const opened = await openAll(alice.client, alice);

  await deployment.client.call(endpoints.organizations.removeMember, {
    params: { organization, user: alice.name },
  });

  await expectAllEnded(opened);
});

test("a role of an organization that is taken away takes with it what it had opened", async () => {
  const alice = await makeOwner();
  const tom = await makeOwner();
  const roles = async (names: string[]) =>
    await deployment.client.call(endpoints.organizations.updateMemberRoles, {
      params: { organization, user: tom.name },
      body: { roles: names },
    });
  await roles(["organization-template-admin"]);
  const { client } = tom;
  const watch = await openSocket(
    client,
    client.urlOf(endpoints.workspaces.watchWorkspaceSocket, { params: { workspace: alice.workspaceId } }, "ws"),
  );
  const all = await follow(client);
  await touch(alice);
  await all.heardUntil(alice.workspaceId);

  const [[code]] = await Promise.all([once(watch, "close"), roles([])]);

  expect(code).toBe(1008);
  await all.heardUntil(`"workspace_id":"${zero}"`);
  await touch(alice);
  await touch(tom);
  expect(await all.heardUntil(tom.workspaceId)).not.toContain(alice.workspaceId);
  await all.close();
});

test.for([
  ["scopes", { scopes: ["template:read"] }],
  ["list of things", { allow_list: [`workspace:${randomUUID()}`] }],
] as const)("a key whose %s were narrowed keeps nothing open beyond them", async ([, narrowed]) => {
  const alice = await makeOwner();
  const opened = await openAll(alice.client, alice);
  const { database, pubsub } = deployment.server;

  await database.db
    .updateTable("api_keys")
    .set(Object.fromEntries(Object.entries(narrowed).map(([column, values]) => [column, [...values]])))
    .where("user_id", "=", alice.userId)
    .execute();
  pubsub.publish("user_access", alice.userId, {});

  await expectAllEnded(opened);
});

test.for([
  ["logs out", (member) => member.client.call(endpoints.auth.logout, {})],
  [
    "is suspended",
    ({ name }) => deployment.client.call(endpoints.users.suspendUser, { params: { user: name } }).then(() => undefined),
  ],
  [
    "gets another password from an owner",
    ({ name }) =>
      deployment.client.call(endpoints.users.updateUserPassword, {
        params: { user: name },
        body: { password: "An0ther-Passw0rd", old_password: "" },
      }),
  ],
] as const satisfies [string, (member: Owner) => Promise<unknown>][])(
  "who %s keeps nothing open, and others of the same workspace do",
  async ([, end]) => {
    const alice = await makeOwner();
    const opened = await openAll(alice.client, alice);
    const all = await openStream(alice.client, alice.client.urlOf(endpoints.hearth.watchWorkspaces, {}));
    const { client } = deployment;
    const kept = await openSocket(
      client,
      client.urlOf(endpoints.workspaces.watchWorkspaceSocket, { params: { workspace: alice.workspaceId } }, "ws"),
    );

    await end(alice);

    for (const [name, ended] of Object.entries(opened.sockets)) expect([name, (await ended)[0]]).toEqual([name, 1008]);
    for (const text of [...Object.values(opened.streams), all.text()]) {
      expect(await text).toMatch(/"code":"not_authenticated"\}\n\n$/);
    }
    expect(kept.readyState).toBe(WebSocket.OPEN);
    kept.terminate();
  },
);
