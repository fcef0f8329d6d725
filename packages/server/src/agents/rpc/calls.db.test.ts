import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { FakeClock } from "@hearth/base/fake-clock";
import { prebuildsUserId } from "@hearth/sdk";
import type { SimulatedAgent } from "@hearth/testkit";
import { DrpcError, fromMetadataSpan, timestampFromMs, uuidFromBytes, uuidToBytes } from "@hearth/wire";
import {
  AppHealth,
  Lifecycle_State,
  Log_Level,
  Startup_Subsystem,
  Timing_Stage,
  Timing_Status,
} from "@hearth/wire/agent-proto";
import type { AgentDeclaration } from "@hearth/provisioner";
import { reportIntervalMs } from "../stats/timing.ts";
import { agent, script, ServedWorld, type WorkspaceFixture } from "../../testing/index.ts";

let world: ServedWorld;
const clock = new FakeClock();
beforeAll(async () => (world = await ServedWorld.create({ clock })));
afterAll(async () => await world[Symbol.asyncDispose]());
beforeEach(() => void world.events.splice(0));

interface Connected extends AsyncDisposable {
  readonly agent: SimulatedAgent;
  readonly client: NonNullable<SimulatedAgent["client"]>;
  readonly id: string;
  readonly workspace: WorkspaceFixture;
}

/** An agent that has connected and said nothing of its life. */
async function connected(declared: Partial<AgentDeclaration> = {}, ownerId = world.ownerId): Promise<Connected> {
  const token = randomUUID();
  const workspace = await world.makeWorkspace({ ownerId });
  const build = await world.start(workspace, [agent({ token, ...declared })]);
  const simulated = await world.connect(token, { reportsReady: false });
  const id = (await world.agentsOf(build)).get("main")?.id;
  if (id === undefined || simulated.client === undefined) throw new Error("not connected");
  await world.heardConnect(id);
  world.events.length = 0;
  world.statements.length = 0;
  return {
    agent: simulated,
    client: simulated.client,
    id,
    workspace,
    async [Symbol.asyncDispose]() {
      world.ignore(workspace.id);
      await simulated[Symbol.asyncDispose]();
    },
  };
}

const app = (slug: string, checked = true): AgentDeclaration["apps"][number] => ({
  slug,
  displayName: slug,
  icon: "",
  url: `http://localhost/${slug}`,
  command: "",
  external: false,
  subdomain: true,
  share: "authenticated",
  displayOrder: 0,
  hidden: false,
  openIn: "tab",
  tooltip: "",
  displayGroup: "",
  healthcheck: checked ? { url: `http://localhost/${slug}/up`, intervalSeconds: 3, threshold: 2 } : undefined,
});

test("the manifest tells an agent everything, in one statement [agents 122]", async () => {
  await using it = await connected({
    scripts: [script({ runOnClaim: true, timeoutSeconds: 2, startBlocksLogin: true })],
    apps: [app("web")],
    metadata: [
      { key: "load", displayName: "Load", script: "uptime", intervalSeconds: 5, timeoutSeconds: 1, displayOrder: 0 },
    ],
    motdFile: "/etc/motd",
  });

  const manifest = await it.client.getManifest({});

  expect(world.sent).toHaveLength(1);
  expect(manifest).toMatchObject({
    agentName: "main",
    ownerUsername: "ada",
    workspaceName: it.workspace.name,
    environmentVariables: { HELLO: "world" },
    directory: "/home/dev",
    motdPath: "/etc/motd",
    vsCodePortProxyUri: "",
    claimCount: 0,
    lifecycleState: Lifecycle_State.CREATED,
    scripts: [
      {
        script: "echo hello",
        runOnStart: true,
        runOnClaim: true,
        startBlocksLogin: true,
        displayName: "",
      },
    ],
    apps: [
      { slug: "web", subdomain: true, subdomainName: "", health: 2, sharingLevel: 2, healthcheck: { threshold: 2 } },
    ],
    metadata: [{ key: "load" }],
  });
  expect(uuidFromBytes(manifest.agentId)).toBe(it.id);
  expect(uuidFromBytes(manifest.ownerId)).toBe(world.ownerId);
  expect(manifest.hostKeySeed).toHaveLength(32);
  expect(manifest.scripts[0]?.timeout?.seconds).toBe(2n);
  expect(manifest.apps[0]?.healthcheck?.interval?.seconds).toBe(3n);
  // Peers rely on the seconds in the nanos.
  expect(manifest.metadata[0]?.interval).toMatchObject({ seconds: 0n, nanos: 5 });
  expect(fromMetadataSpan(manifest.metadata[0]?.timeout)).toBe(1);
});

test("created, starting, ready: times and three events in order [agents 46]", async () => {
  await using it = await connected();
  const report = async (state: Lifecycle_State, atMs: number) =>
    await it.client.updateLifecycle({ lifecycle: { state, changedAt: timestampFromMs(atMs) } });

  await report(Lifecycle_State.CREATED, 1_000);
  await report(Lifecycle_State.STARTING, 2_000);
  await report(Lifecycle_State.READY, 3_000);

  expect(await world.agentRow(it.id)).toMatchObject({
    lifecycle_state: "ready",
    started_at: new Date(2_000),
    ready_at: new Date(3_000),
  });
  const event = {
    kind: "agt_lifecycle_update",
    agent_id: it.id,
    workspace_id: it.workspace.id,
    ownerId: world.ownerId,
  };
  expect(world.events).toEqual([event, event, event]);
});

test("a start that ends without having begun fills in when it began; one that begins again clears its end [agents 50]", async () => {
  await using it = await connected();

  await it.client.updateLifecycle({
    lifecycle: { state: Lifecycle_State.START_ERROR, changedAt: timestampFromMs(5_000) },
  });
  expect(await world.agentRow(it.id)).toMatchObject({ started_at: new Date(5_000), ready_at: new Date(5_000) });
  await it.client.updateLifecycle({
    lifecycle: { state: Lifecycle_State.STARTING, changedAt: timestampFromMs(6_000) },
  });

  expect(await world.agentRow(it.id)).toMatchObject({ started_at: new Date(6_000), ready_at: null });
});

test("how the first start ended is kept, by both clocks, whatever later starts come to", async () => {
  await using it = await connected();
  const report = async (state: Lifecycle_State, atMs: number) =>
    await it.client.updateLifecycle({ lifecycle: { state, changedAt: timestampFromMs(atMs) } });
  const outcome = async () => {
    const { first_start_outcome, first_start_ended_at, first_start_ended_agent_time } = await world.agentRow(it.id);
    return [first_start_outcome, first_start_ended_at?.getTime(), first_start_ended_agent_time?.getTime()];
  };

  await report(Lifecycle_State.STARTING, 1_000);
  expect(await outcome()).toEqual([null, undefined, undefined]);
  await report(Lifecycle_State.START_ERROR, 2_000);
  const first = ["start_error", clock.now(), 2_000];
  expect(await outcome()).toEqual(first);
  await clock.advance(1_000);
  await report(Lifecycle_State.STARTING, 3_000);
  await report(Lifecycle_State.READY, 4_000);

  expect(await outcome()).toEqual(first);
});

test("a state without a time happened now, not in 1970 [agents 49]", async () => {
  await using it = await connected();

  await it.client.updateLifecycle({ lifecycle: { state: Lifecycle_State.STARTING } });

  expect((await world.agentRow(it.id)).started_at?.getTime()).toBe(clock.now());
});

test("an unknown state is refused and changes nothing [agents 52]", async () => {
  await using it = await connected();

  await expect(it.client.updateLifecycle({ lifecycle: { state: 77 as Lifecycle_State } })).rejects.toThrow("77");

  expect(await world.agentRow(it.id)).toMatchObject({ lifecycle_state: "created" });
  expect(world.events).toEqual([]);
});

test("what an agent says of itself is checked, sorted, and stored once [agents 53]", async () => {
  await using it = await connected();
  const { ENVBOX, EXECTRACE } = Startup_Subsystem;

  await expect(it.client.updateStartup({ startup: { version: "newest" } })).rejects.toThrow('"newest"');
  await expect(
    it.client.updateStartup({ startup: { version: "v1.0.0", subsystems: [99 as typeof ENVBOX] } }),
  ).rejects.toThrow("99");
  const startup = {
    version: "v2.34.0-rc.1+build",
    expandedDirectory: "/home/x",
    subsystems: [EXECTRACE, ENVBOX, ENVBOX],
  };
  await it.client.updateStartup({ startup });
  expect(await world.agentRow(it.id)).toMatchObject({
    version: "v2.34.0-rc.1+build",
    expanded_directory: "/home/x",
    api_version: "2.10",
    subsystems: ["envbox", "exectrace"],
  });
  world.statements.length = 0;
  await it.client.updateStartup({ startup });

  expect(world.sent).toEqual([]);
});

const source = randomUUID();
const lines = (...outputs: string[]) => ({
  logSourceId: uuidToBytes(source),
  logs: outputs.map((output) => ({ output, level: Log_Level.INFO })),
});

test("lines are stored in one statement and announced; the first batch is an event of its own", async () => {
  await using it = await connected();
  const notices: unknown[] = [];
  using _subscription = world.pubsub.subscribe("agent_logs", it.id, {
    onMessage: (message) => notices.push(message),
    onDropped: () => undefined,
  });

  await it.client.batchCreateLogs(lines("one", "two"));
  await it.client.batchCreateLogs(lines("three"));

  expect(world.sent).toHaveLength(2);
  const stored = await world.db
    .selectFrom("workspace_agent_logs")
    .selectAll()
    .where("agent_id", "=", it.id)
    .orderBy("id")
    .execute();
  expect(stored.map((line) => line.output)).toEqual(["one", "two", "three"]);
  expect(stored.every((line) => line.created_at.getTime() === clock.now() && line.log_source_id === source)).toBe(true);
  expect(notices).toEqual([{ created_after: (stored[0]?.id ?? 0) - 1 }, { created_after: (stored[2]?.id ?? 0) - 1 }]);
  expect(world.events.map(({ kind }) => kind)).toEqual(["agt_first_logs"]);
  expect((await world.agentRow(it.id)).logs_length).toBe(11);
});

test("lines without a source get the external one, once [agents 54]", async () => {
  await using it = await connected();
  const external = { logSourceId: new Uint8Array(16), logs: [{ output: "x" }] };

  await it.client.batchCreateLogs(external);
  await it.client.batchCreateLogs(external);

  const sources = await world.db
    .selectFrom("workspace_agent_log_sources")
    .selectAll()
    .where("workspace_agent_id", "=", it.id)
    .execute();
  expect(sources).toMatchObject([{ id: "3b579bf4-1ed8-4b99-87a8-e9a1e3410410", display_name: "External" }]);
});

test("an empty batch costs nothing", async () => {
  await using it = await connected();

  expect(await it.client.batchCreateLogs(lines())).toMatchObject({ logLimitExceeded: false });

  expect(world.sent).toEqual([]);
});

test("of the batch that exceeds the budget what fits is stored, and a notice; then nothing more [agents 57, 58]", async () => {
  await using it = await connected();
  const limit = 1_048_576;
  await world.db
    .updateTable("workspace_agents")
    .set({ logs_length: limit - 10 })
    .where("id", "=", it.id)
    .execute();

  expect(await it.client.batchCreateLogs(lines("12345", "67", "x".repeat(93)))).toMatchObject({
    logLimitExceeded: true,
  });
  const stored = await world.db
    .selectFrom("workspace_agent_logs")
    .select("output")
    .where("agent_id", "=", it.id)
    .orderBy("id")
    .execute();
  expect(stored.map((line) => line.output)).toEqual(["12345", "67", expect.stringContaining("exceeded the limit")]);
  expect(await world.agentRow(it.id)).toMatchObject({ logs_overflowed: true, logs_length: limit });
  expect(world.events.map(({ kind }) => kind)).toEqual(["agt_logs_overflow"]);

  world.statements.length = 0;
  expect(await it.client.batchCreateLogs(lines("more"))).toMatchObject({ logLimitExceeded: true });
  expect(world.sent).toEqual([]);
  expect(it.agent.session?.isOver).toBe(false);
});

test("health of apps: one report is one statement and one event, however many change [agents 127]", async () => {
  await using it = await connected({ apps: Array.from({ length: 50 }, (_, i) => app(`app-${i}`)) });
  const apps = await world.db.selectFrom("workspace_apps").select("id").where("agent_id", "=", it.id).execute();
  const updates = apps.map(({ id }) => ({ id: uuidToBytes(id), health: AppHealth.HEALTHY }));
  world.statements.length = 0;

  await it.client.batchUpdateAppHealths({ updates });
  expect(world.sent).toHaveLength(1);
  expect(world.events.map(({ kind }) => kind)).toEqual(["app_health"]);

  await it.client.batchUpdateAppHealths({ updates });
  expect(world.events).toHaveLength(1); // unchanged: no event [agents 67]
});

test("a report with one foreign app, or one without a check, changes nothing [agents 66]", async () => {
  await using other = await connected({ apps: [app("theirs")] });
  await using it = await connected({ apps: [app("web"), app("plain", false)] });
  const idOf = async (agentId: string, slug: string) =>
    (
      await world.db
        .selectFrom("workspace_apps")
        .select("id")
        .where("agent_id", "=", agentId)
        .where("slug", "=", slug)
        .executeTakeFirstOrThrow()
    ).id;
  const own = { id: uuidToBytes(await idOf(it.id, "web")), health: AppHealth.UNHEALTHY };

  for (const id of [await idOf(other.id, "theirs"), await idOf(it.id, "plain")]) {
    const updates = [own, { id: uuidToBytes(id), health: AppHealth.UNHEALTHY }];
    await expect(it.client.batchUpdateAppHealths({ updates })).rejects.toBeInstanceOf(DrpcError);
  }

  const healths = await world.db
    .selectFrom("workspace_apps")
    .select(["slug", "health"])
    .orderBy("slug")
    .where("agent_id", "=", it.id)
    .execute();
  expect(healths).toEqual([
    { slug: "plain", health: "disabled" },
    { slug: "web", health: "initializing" },
  ]);
  expect(world.events).toEqual([]);
});

test("a script's run is stored for the agent's own scripts only [agents 77]", async () => {
  await using other = await connected({ scripts: [script()] });
  await using it = await connected({ scripts: [script()] });
  const timingOf = (from: Connected) => ({
    timing: {
      scriptId: from.agent.manifest?.scripts[0]?.id ?? new Uint8Array(),
      start: timestampFromMs(1_000),
      end: timestampFromMs(2_000),
      exitCode: 3,
      stage: Timing_Stage.CLAIM,
      status: Timing_Status.EXIT_FAILURE,
    },
  });

  await expect(it.client.scriptCompleted(timingOf(other))).rejects.toThrow("not of this agent");
  await it.client.scriptCompleted(timingOf(it));

  const stored = await world.db.selectFrom("workspace_agent_script_timings").selectAll().execute();
  expect(stored).toMatchObject([{ started_at: new Date(1_000), exit_code: 3, stage: "claim", status: "exit_failure" }]);
});

test("statistics of an owned workspace cost no look-up; those of an interval are inserted together [agents 24]", async () => {
  await using it = await connected();
  const stats = { connectionCount: 0n, rxBytes: 1n };

  for (let i = 0; i < 100; i++) {
    if (i > 0) await clock.advance(reportIntervalMs / 100);
    await it.client.updateStats({ stats });
  }
  expect(world.sent.filter((text) => text.includes("workspace_agent_stats"))).toEqual([]);
  await clock.advance(reportIntervalMs / 100);
  await expect
    .poll(
      async () =>
        (await world.db.selectFrom("workspace_agent_stats").select("id").where("agent_id", "=", it.id).execute())
          .length,
    )
    .toBe(100);
  expect(world.sent.filter((text) => text.startsWith("insert into") && text.includes("_agent_stats"))).toHaveLength(1);
});

test("a call without statistics asks for the interval and stores nothing [agents 87]", async () => {
  await using it = await connected();

  const answer = await it.client.updateStats({});

  expect(answer.reportInterval?.seconds).toBe(30n);
  await clock.advance(reportIntervalMs);
  expect(
    await world.db.selectFrom("workspace_agent_stats").select("id").where("agent_id", "=", it.id).execute(),
  ).toEqual([]);
});

test("use is announced once in 30 s; without connections it is none [agents 88, 89]", async () => {
  await using it = await connected();

  await it.client.updateStats({ stats: { connectionCount: 0n } });
  expect(world.events).toEqual([]);
  for (let second = 0; second < 60; second += 10) {
    await it.client.updateStats({ stats: { connectionCount: 1n } });
    await clock.advance(10_000);
  }

  expect(world.events.map(({ kind }) => kind)).toEqual(["stats_update", "stats_update"]);
});

test("an unclaimed prebuild's statistics cost no look-up, and are no use of it [agents 27]", async () => {
  await using it = await connected({}, prebuildsUserId);
  await clock.advance(11_000);
  world.statements.length = 0;
  expect(world.agents.sessions.identities.find(it.workspace.id)).toBeUndefined();

  for (let second = 0; second < 20; second++) {
    await it.client.updateStats({ stats: { connectionCount: 1n } });
    await clock.advance(500);
  }

  expect(world.sent.filter((text) => text.includes("from workspaces w"))).toEqual([]);
  expect(world.events).toEqual([]);
});

test("metadata is gathered, stored with the server's clock, and only for keys that are declared [agents 40]", async () => {
  const declared = { displayName: "", script: "x", intervalSeconds: 1, timeoutSeconds: 1, displayOrder: 0 };
  await using it = await connected({
    metadata: [
      { key: "a", ...declared },
      { key: "b", ...declared },
    ],
  });
  const result = (value: string) => ({ value, collectedAt: timestampFromMs(clock.now() + 3_600_000) });

  await it.client.batchUpdateMetadata({
    metadata: [
      { key: "a", result: result(" 1\n") },
      { key: "none", result: result("2") },
    ],
  });
  await it.client.batchUpdateMetadata({ metadata: [{ key: "a", result: result(" 3 ") }] });
  const collectedAtMs = clock.now();
  expect(world.sent).toEqual([]);
  const told = new Promise<void>((resolve) => {
    world.pubsub.subscribe("agent_metadata", it.id, { onMessage: () => resolve(), onDropped: () => undefined });
  });
  await clock.advance(5_000);
  await told;

  const stored = await world.db
    .selectFrom("workspace_agent_metadata")
    .select(["key", "value", "collected_at"])
    .orderBy("key")
    .where("workspace_agent_id", "=", it.id)
    .execute();
  expect(stored).toEqual([
    { key: "a", value: "3", collected_at: new Date(collectedAtMs) },
    { key: "b", value: "", collected_at: null },
  ]);
});

test("keys that are too long together: the first are stored, the call fails [agents 39]", async () => {
  const keys = Array.from({ length: 70 }, (_, i) => `${"k".repeat(97)}${String(i).padStart(3, "0")}`);
  const declared = { displayName: "", script: "x", intervalSeconds: 1, timeoutSeconds: 1, displayOrder: 0 };
  await using it = await connected({ metadata: keys.map((key) => ({ key, ...declared })) });

  await expect(
    it.client.batchUpdateMetadata({ metadata: keys.map((key) => ({ key, result: { value: "v" } })) }),
  ).rejects.toThrow("61 of 70");
  await clock.advance(5_000);

  const stored = async () =>
    (
      await world.db
        .selectFrom("workspace_agent_metadata")
        .select("key")
        .where("workspace_agent_id", "=", it.id)
        .where("value", "=", "v")
        .execute()
    ).length;
  await expect.poll(stored).toBe(61);
});

test("a context snapshot is taken once a version; what monitors there are; no banners; anything else is unimplemented", async () => {
  await using it = await connected();

  expect(await it.client.pushContextState({ version: 3n, initial: true })).toMatchObject({ accepted: true });
  expect(await it.client.pushContextState({ version: 3n })).toMatchObject({ accepted: false });
  expect(await it.client.pushContextState({ version: 4n })).toMatchObject({ accepted: true });
  expect(await it.client.getResourcesMonitoringConfiguration({})).toMatchObject({
    config: { numDatapoints: 20, collectionIntervalSeconds: 10 },
    volumes: [],
  });
  expect(await it.client.getAnnouncementBanners({})).toMatchObject({ announcementBanners: [] });
  expect(await it.client.getServiceBanner({})).toMatchObject({ enabled: false });
  await expect(it.client.listSubAgents({})).rejects.toMatchObject({ isUnimplemented: true });
});

test("a session survives calls that it refuses", async () => {
  await using it = await connected();

  await expect(it.client.reportConnection({ connection: { id: new Uint8Array(16) } })).rejects.toThrow("all-zero");
  await expect(it.client.batchCreateLogs({ logSourceId: new Uint8Array(3), logs: [] })).rejects.toThrow("16");

  expect((await it.client.getManifest({})).agentName).toBe("main");
});
