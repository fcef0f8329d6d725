import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readEvents } from "@hearth/base";
import { createClient, endpoints, type Client, type RunRequest, type Workspace } from "@hearth/sdk";
import { codeOf, createTestDatabase, Deployment, type TestDatabase } from "@hearth/testkit";

const manifest = `
presets: [{ name: small, default: true, prebuilds: { instances: 1 } }, { name: bare }]
workspace: { engine: process }
agents:
  - { name: main, env: { WHO: "\${owner.name}" } }
`;

let database: TestDatabase;
let deployment: Deployment;
let member: Client;
beforeAll(async () => {
  database = await createTestDatabase();
  deployment = await Deployment.create({ engine: "process", database });
  await deployment.pushTemplate("real", manifest);
  member = await deployment.createMember("ada");
});
afterAll(async () => {
  await deployment[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

type Event = readonly [type: string, data: Record<string, unknown>];

async function* run(client: Client, body: RunRequest, { key, signal }: { key?: string; signal?: AbortSignal } = {}) {
  const response = await client.request(endpoints.commands.run, {
    body,
    headers: key === undefined ? {} : { "Idempotency-Key": key },
    ...(signal === undefined ? {} : { signal }),
  });
  const text = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream());
  for await (const { type, data } of readEvents(text)) {
    if (type !== "ping") yield [type, JSON.parse(data)] as Event;
  }
}

async function eventsOf(events: AsyncIterable<Event>): Promise<Event[]> {
  const all: Event[] = [];
  for await (const event of events) all.push(event);
  return all;
}

const dataOf = (events: readonly Event[], type: string) => events.find(([name]) => name === type)?.[1];
const small = (command: RunRequest["command"], more: Partial<RunRequest> = {}): RunRequest => ({
  workspace: { template: "real" },
  command,
  ...more,
});

/** The pool has a workspace that is ready. */
async function poolIsWarm(): Promise<void> {
  const [template] = await deployment.client.call(endpoints.templates.listTemplates, {});
  await deployment.until(
    "the pool is warm",
    () => deployment.client.call(endpoints.hearth.listPools, { params: { template: template?.id ?? "" } }),
    (pools) => pools.some(({ ready }) => ready > 0),
  );
}

async function isGone(client: Client, id: string): Promise<void> {
  await deployment.until(
    "it is deleted",
    () =>
      client.call(endpoints.workspaces.getWorkspace, { params: { workspace: id }, query: { include_deleted: true } }),
    ({ latest_build: build }) => build.status === "deleted",
  );
}

test("one request claims, runs as its owner, tells of it, and deletes", async () => {
  await poolIsWarm();
  const events = await eventsOf(
    run(member, small({ shell: "echo $WHO; cat; exit 4", stdin_text: "fed" }, { delete: "after" })),
  );

  const workspace = dataOf(events, "workspace") as unknown as Workspace;
  expect(workspace).toMatchObject({ owner_name: "ada", origin: { how: "claimed" } });
  const said = events
    .filter(([type]) => type === "stdout")
    .map(([, { text }]) => text)
    .join("");
  expect(said).toBe("ada\nfed");
  expect(events.at(-2)).toEqual(["exit", { exit_code: 4, signal: null }]);
  expect(events.at(-1)).toEqual(["deleted", { workspace_id: workspace.id }]);
  await isGone(member, workspace.id);
});

test("where no warm one fits it is built, and the build is told of", async () => {
  const events = await eventsOf(
    run(member, {
      workspace: { template: "real", preset: "bare", name: "kept" },
      command: { argv: ["echo", "built"] },
    }),
  );

  const types = events.map(([type]) => type).filter((type, at, all) => type !== all[at - 1]);
  expect(types).toEqual(["workspace", "build", "log", "build", "started", "stdout", "exit"]);
  const workspace = dataOf(events, "workspace") as unknown as Workspace;
  expect(workspace.name).toBe("kept");
  const kept = await member.call(endpoints.workspaces.getWorkspace, { params: { workspace: workspace.id } });
  expect(kept.latest_build.status).toBe("running");
});

test("the same key does it once, and tells again what came of it", async () => {
  const request = small({ shell: "echo once; exit 5" }, { delete: "after" });
  const first = await eventsOf(run(member, request, { key: "k1" }));

  const again = await eventsOf(run(member, request, { key: "k1" }));

  expect((dataOf(again, "workspace") as unknown as Workspace).id).toBe(
    (dataOf(first, "workspace") as unknown as Workspace).id,
  );
  // Its agent is gone, and what it kept.
  expect(again.slice(1)).toEqual([
    ["dropped", { bytes: "once\n".length }],
    ["exit", { exit_code: 5, signal: null }],
  ]);
  expect(await codeOf(eventsOf(run(member, small({ argv: ["true"] }), { key: "k1" })))).toBe("conflict");
});

test("who asks again after the end hears it from the start while the agent keeps it", async () => {
  const request = small({ shell: "echo once; echo more; exit 6" });
  await eventsOf(run(member, request, { key: "k3" }));

  const again = await eventsOf(run(member, request, { key: "k3" }));

  expect(again.map(([type]) => type)).toEqual(["workspace", "started", "stdout", "exit"]);
  expect([dataOf(again, "stdout"), dataOf(again, "exit")]).toEqual([
    { text: "once\nmore\n" },
    { exit_code: 6, signal: null },
  ]);
});

async function listener() {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const begun = once(server, "connection").then(([socket]: Socket[]) => socket);
  return {
    line: `exec 3<>/dev/tcp/127.0.0.1/${port}; read -u 3 line; echo $line`,
    begun,
    [Symbol.dispose]: () => void server.close(),
  };
}

test("who asks again while it runs hears it from the start", async () => {
  using inside = await listener();
  const request = small({ argv: ["bash", "-c", `echo begun; ${inside.line}`] }, { delete: "after" });
  const first = eventsOf(run(member, request, { key: "k2" }));
  const socket = await inside.begun;

  const events = run(member, request, { key: "k2" });
  await events.next(); // the workspace
  socket?.write("both\n");

  const textOf = (all: readonly Event[]) =>
    all.flatMap(([type, { text }]) => (type === "stdout" ? [text] : [])).join("");
  expect(textOf(await eventsOf(events))).toBe("begun\nboth\n");
  expect(textOf(await first)).toBe("begun\nboth\n");
});

test("a client that is lost loses its workspace, though nobody reads the end", async () => {
  using inside = await listener();
  const leaving = new AbortController();
  const events = run(member, small({ argv: ["bash", "-c", inside.line] }, { delete: "after" }), {
    signal: leaving.signal,
  });
  const first = await events.next();
  const { id } = (first.value as Event)[1] as unknown as Workspace;
  void events.next().catch(() => undefined);
  await inside.begun;

  leaving.abort();

  await isGone(member, id);
});

test("without a command the workspace is the client's until it leaves", async () => {
  const leaving = new AbortController();
  const events = run(member, { workspace: { template: "real" }, delete: "after" }, { signal: leaving.signal });
  const { id } = ((await events.next()).value as Event)[1] as unknown as Workspace;
  let ready = await events.next();
  while ((ready.value as Event)[0] !== "ready") ready = await events.next();
  const agentId = String((ready.value as Event)[1]["agent_id"]);
  expect(
    await codeOf(
      member.request(endpoints.commands.exec, { params: { workspaceagent: agentId }, body: { argv: ["true"] } }),
    ),
  ).toBe("yes");

  leaving.abort();

  await isGone(member, id);
});

describe("who may", () => {
  test.for([
    [
      "without the right to delete, where it deletes",
      ["workspace:create", "workspace:ssh", "workspace:read", "template:read", "template:use"],
      "after",
    ],
    ["without the right to log in", ["workspace:create", "workspace:read", "template:read", "template:use"], "never"],
  ] as const)("a token %s begins nothing", async ([, scopes, deletes]) => {
    const before = (await member.call(endpoints.workspaces.listWorkspaces, {})).count;
    const { key } = await member.call(endpoints.tokens.createToken, {
      params: { user: "me" },
      body: { scopes: [...scopes] },
    });

    const code = await codeOf(
      eventsOf(run(createClient({ url: deployment.url, token: key }), small({ argv: ["true"] }, { delete: deletes }))),
    );

    expect(["not_found", "forbidden"]).toContain(code);
    expect((await member.call(endpoints.workspaces.listWorkspaces, {})).count).toBe(before);
  });

  test("what makes no sense is refused before anything is made", async () => {
    const code = (body: RunRequest) => codeOf(eventsOf(run(member, body)));

    expect(await code({ workspace: {}, command: { argv: ["true"] } })).toBe("validation_failed");
    expect(await code({ workspace: { template: "nope" } })).toBe("not_found");
    expect(await code({ workspace: { template: "real", preset: "nope" } })).toBe("validation_failed");
    // What a stranger's template has is not told by its refusal.
    const hidden = await deployment.pushTemplate("hidden", manifest);
    await deployment.client.call(endpoints.sharing.updateTemplateAcl, {
      params: { template: hidden.id },
      body: { group_perms: { [hidden.organization_id]: "" } },
    });
    const version = hidden.active_version_id;
    expect(await code({ workspace: { template_version_id: version, preset: "nope" } })).toBe("not_found");
    expect(await code(small({}))).toBe("validation_failed");
  });
});

// Last: the server goes.
test("a server that is stopped in the middle forgets nothing: its workspace goes with the next one", async () => {
  using inside = await listener();
  const events = run(member, small({ argv: ["bash", "-c", inside.line] }, { delete: "after" }));
  const { id } = ((await events.next()).value as Event)[1] as unknown as Workspace;
  void events.next().catch(() => undefined);
  await inside.begun;

  await deployment[Symbol.asyncDispose]();
  deployment = await Deployment.create({ engine: "process", database });

  // Where it lived is another host's, so that the delete itself waits for that.
  await deployment.until(
    "its deletion is queued",
    () => deployment.client.call(endpoints.workspaces.getWorkspace, { params: { workspace: id } }),
    ({ latest_build: build }) => build.transition === "delete",
  );
});
