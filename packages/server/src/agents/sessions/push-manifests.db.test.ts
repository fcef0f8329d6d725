import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { prebuildsUserId } from "@hearth/sdk";
import type { AgentDeclaration } from "@hearth/provisioner";
import { acceptPush, agentPorts, timestampFromMs, uuidToBytes } from "@hearth/wire";
import { Lifecycle_State, Timing_Stage, type Manifest } from "@hearth/wire/agent-proto";
import type { ManifestFacts } from "../rpc/manifest.ts";
import { grantFor } from "../../access/testing/index.ts";
import { FakeClock } from "@hearth/base/fake-clock";
import { agent, resource, script, ServedWorld, type BuildFixture, type WorkspaceFixture } from "../../testing/index.ts";

let world: ServedWorld;
const clock = new FakeClock();
beforeAll(async () => (world = await ServedWorld.create({ clock })));
afterAll(async () => await world[Symbol.asyncDispose]());

type OnDial = (port: number, connection: Duplex) => void;

/** A prebuild whose agent takes pushes as it is told to, and says nothing of its life after that. */
async function warm(onDial: OnDial, scripts: AgentDeclaration["scripts"] = []) {
  const token = randomUUID();
  const workspace = await world.makeWorkspace({ ownerId: prebuildsUserId });
  const build = await world.start(workspace, [agent({ token, scripts })]);
  const simulated = await world.connect(token, { onDial, takesPushes: "by hand" });
  const id = (await world.agentsOf(build)).get("main")?.id ?? "";
  await world.heardConnect(id);
  return { workspace, build, id, agent: simulated };
}

async function claim(
  workspace: WorkspaceFixture,
  first: BuildFixture,
  scripts = [script({ runOnStart: false })],
): Promise<string> {
  const build = await world.beginClaim(workspace, world.ownerId);
  await world.complete(workspace, build, {
    resources: [resource([agent({ token: undefined, scripts })])],
    claimOfBuildId: first.id,
  });
  return (await world.agentsOf(build)).get("main")?.id ?? "";
}

const dial = (workspace: WorkspaceFixture, agentId: string, wait: "ready" | "none" = "ready") =>
  world.agents.dial(grantFor("workspace:ssh", { id: workspace.id }), {
    agentId,
    port: 3000,
    reason: "test",
    wait,
    signal: new AbortController().signal,
  });

/** Takes pushes one by one, each when it is let; remembers what was dialled in which order. */
function recorder() {
  const seen: (string | number)[] = [];
  const waiting: (() => void)[] = [];
  const arrived = { resolve: () => undefined as void };
  const onDial: OnDial = (port, connection) => {
    if (port !== agentPorts.push) {
      seen.push(port);
      connection.end();
      return;
    }
    const take = async ({ ownerUsername }: Manifest) => {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        arrived.resolve();
      });
      seen.push(ownerUsername);
    };
    void acceptPush(connection, take, { deadlineMs: 60_000, clock });
  };
  const next = async () => {
    if (waiting.length === 0) await new Promise<void>((resolve) => (arrived.resolve = resolve));
    return waiting.shift();
  };
  return { seen, onDial, letNext: async () => (await next())?.(), next };
}

test("the first manifest comes with the connection, unasked", async () => {
  const token = randomUUID();
  await world.start(await world.makeWorkspace({ name: "unasked" }), [agent({ token })]);

  await using simulated = await world.connect(token, { takesPushes: true });

  expect(simulated.manifest).toMatchObject({ workspaceName: "unasked", ownerUsername: "ada" });
});

test("a claim's manifest goes before whatever is dialled from then on, and nobody waits for more", async () => {
  const { seen, onDial, letNext, next } = recorder();
  const it = await warm(onDial);
  await using _agent = it.agent;
  await letNext();

  const after = await claim(it.workspace, it.build);
  const dialled = [dial(it.workspace, after), dial(it.workspace, after, "none")];
  const take = await next();
  expect(seen).toEqual(["prebuilds"]);
  take?.();
  for (const connection of await Promise.all(dialled)) connection.destroy();

  expect(seen).toEqual(["prebuilds", "ada", 3000, 3000]);
  // The agent has not said that it is ready: no script of its claim is worth waiting for.
  expect(await world.agentRow(after)).toMatchObject({ lifecycle_state: "starting" });
});

/** What a claim by grace would tell. */
function factsOf(id: string, workspace: WorkspaceFixture): ManifestFacts {
  return {
    id,
    name: "main",
    parent_id: null,
    environment_variables: {},
    directory: "",
    lifecycle_state: "ready",
    motd_file: "",
    scripts: [],
    apps: [],
    metadata: [],
    secrets: [],
    workspace_id: workspace.id,
    workspace_name: "mine",
    owner_id: world.ownerId,
    owner_name: "grace",
    organization_id: world.organizationId,
    template_id: world.template.id,
    template_name: "local",
    autostart_schedule: null,
    claim_count: 1,
    host_key_seed: Buffer.alloc(32),
  };
}

test("what the claim itself knows is pushed as it is, and read by nobody", async () => {
  const { seen, onDial, letNext } = recorder();
  const it = await warm(onDial);
  await using _agent = it.agent;
  await letNext();
  const to = randomUUID();
  const generation = ((await world.agentRow(it.id)).session_generation ?? 0) + 1;
  const moved = { from: it.id, to, generation, replica_id: world.replica.id };
  const before = world.sent.length;
  {
    using _known = world.claimed.hold([factsOf(to, it.workspace)]);
    world.pubsub.publish("prebuild_claimed", it.workspace.id, {
      workspace_id: it.workspace.id,
      reason: "prebuild_claimed",
      owner_id: world.ownerId,
      agents: [moved],
    });
  }
  await letNext();
  await world.agents.sessions.registry.newest(to)?.settled(new AbortController().signal);

  expect(seen).toEqual(["prebuilds", "grace"]);
  expect(world.sent.slice(before).filter((text) => text.includes("host_key_seed"))).toEqual([]);
});

test("who waits for ready waits for a claim's script that blocks the log-in, as long as it runs", async () => {
  const { seen, onDial, letNext } = recorder();
  const it = await warm(onDial);
  await using simulated = it.agent;
  await letNext();
  const after = await claim(it.workspace, it.build, [script({ runOnClaim: true, startBlocksLogin: true })]);

  const dialled = dial(it.workspace, after);
  await letNext();
  await world.agents.sessions.registry.newest(after)?.settled(new AbortController().signal);
  expect(seen).toEqual(["prebuilds", "ada"]);
  await simulated.report(Lifecycle_State.READY);
  (await dialled).destroy();

  expect(seen).toEqual(["prebuilds", "ada", 3000]);
});

test("what an agent says under the names of before a claim is taken for what they are now", async () => {
  const { onDial, letNext } = recorder();
  const work = [script({ script: "echo", runOnStart: true })];
  const it = await warm(onDial, work);
  await using simulated = it.agent;
  await letNext();
  const before = await scriptsOf(it.id);
  const after = await claim(it.workspace, it.build, work);

  const { client } = simulated;
  if (client === undefined) throw new Error("not connected");
  // Said before the agent has heard of the claim.
  const saying = [
    client.batchCreateLogs({
      logSourceId: uuidToBytes(before.log_source_id),
      logs: [{ output: "late", createdAt: timestampFromMs(1_000) }],
    }),
    client.scriptCompleted({
      timing: {
        scriptId: uuidToBytes(before.id),
        start: timestampFromMs(1_000),
        end: timestampFromMs(2_000),
        stage: Timing_Stage.CRON,
      },
    }),
  ];
  await letNext();
  await Promise.all(saying);

  const now = await scriptsOf(after);
  expect([now.id, now.log_source_id]).not.toEqual([before.id, before.log_source_id]);
  const line = await world.db.selectFrom("workspace_agent_logs").selectAll().where("output", "=", "late").execute();
  expect(line).toMatchObject([{ agent_id: after, log_source_id: now.log_source_id }]);
  const runs = await world.db
    .selectFrom("workspace_agent_script_timings")
    .select("script_id")
    .where("script_id", "in", [before.id, now.id])
    .execute();
  expect(runs).toEqual([{ script_id: now.id }]);
});

async function scriptsOf(agentId: string) {
  return await world.db
    .selectFrom("workspace_agent_scripts")
    .selectAll()
    .where("workspace_agent_id", "=", agentId)
    .executeTakeFirstOrThrow();
}

test("where another replica holds the agent that one tells it, and who dials from here waits as well", async () => {
  const { seen, onDial, letNext, next } = recorder();
  await using other = await world.anotherReplica();
  const token = randomUUID();
  const workspace = await world.makeWorkspace({ ownerId: prebuildsUserId });
  const build = await world.start(workspace, [agent({ token })]);
  await using _agent = await world.connect(token, { serverUrl: other.url, onDial, takesPushes: "by hand" });
  await world.heardConnect((await world.agentsOf(build)).get("main")?.id ?? "");
  await letNext();

  const after = await claim(workspace, build);
  const dialled = dial(workspace, after, "none");
  (await next())?.();
  (await dialled).destroy();

  expect(seen).toEqual(["prebuilds", "ada", 3000]);
});

test("a push that is lost is told again, over the same session", async () => {
  const owners: string[] = [];
  const told = { ...Promise.withResolvers<void>(), cuts: 1 };
  const onDial: OnDial = (port, connection) => {
    const take = async ({ ownerUsername }: Manifest) => {
      if (ownerUsername === "ada" && told.cuts-- > 0) throw new Error("lost");
      owners.push(ownerUsername);
      if (ownerUsername === "ada") told.resolve();
      await Promise.resolve();
    };
    if (port === agentPorts.push) void acceptPush(connection, take, { deadlineMs: 60_000, clock });
  };
  const it = await warm(onDial);
  await using simulated = it.agent;

  await claim(it.workspace, it.build);
  await expect.poll(() => clock.pending().map(({ tag }) => tag)).toContain("push-retry");
  await clock.advance(1_000);
  await told.promise;

  expect(owners).toEqual(["prebuilds", "ada"]);
  expect(simulated.connections).toBe(1);
});

test("an agent that refuses is asked once in a session, and told of as before", async () => {
  let pushes = 0;
  const it = await warm((port) => {
    if (port === agentPorts.push) pushes++;
  });
  await it.agent[Symbol.asyncDispose]();
  const token = randomUUID();
  const workspace = await world.makeWorkspace({ ownerId: prebuildsUserId });
  const build = await world.start(workspace, [agent({ token })]);
  await using simulated = await world.connect(token, { takesPushes: "by hand", refusesDials: true });
  const id = (await world.agentsOf(build)).get("main")?.id ?? "";
  await world.heardConnect(id);
  const [session] = world.agents.sessions.registry.ofAgent(id);
  await expect.poll(() => session?.takesPushes).toBe(false);
  const lines = world.log.lines.length;

  const after = await claim(workspace, build);
  const manifest = await simulated.client?.getManifest({});

  expect(session).toMatchObject({ agentId: after, isOfClaim: true, taking: undefined });
  expect(manifest?.ownerUsername).toBe("ada");
  expect(world.log.lines.slice(lines).filter(({ level }) => level === "warn" || level === "error")).toEqual([]);
  expect(pushes).toBe(1);
});
