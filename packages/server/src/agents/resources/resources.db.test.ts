import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { prebuildsUserId, WorkspaceResource } from "@hearth/sdk";
import { contextOfSystem, grantFor } from "../../access/testing/index.ts";
import { transaction } from "../../ground/database/index.ts";
import { agentsHealth, insertResources, listResources } from "../index.ts";
import { agent, resource, script, ServedWorld } from "../../testing/index.ts";

let world: ServedWorld;
beforeAll(async () => (world = await ServedWorld.create()));
afterAll(async () => await world[Symbol.asyncDispose]());

const full = () =>
  agent({
    scripts: [
      script({ icon: "/icon.svg", timeoutSeconds: 3, startBlocksLogin: true }),
      script({ displayName: "Extra", runOnStop: true }),
    ],
    metadata: [
      {
        key: "load",
        displayName: "Load",
        script: "cat /proc/loadavg",
        intervalSeconds: 5,
        timeoutSeconds: 1,
        displayOrder: 0,
      },
    ],
    apps: [
      {
        slug: "web",
        displayName: "Web",
        icon: "",
        url: "http://localhost:8080",
        command: "",
        external: false,
        subdomain: false,
        share: "owner",
        displayOrder: 0,
        hidden: false,
        openIn: "slim-window",
        tooltip: "",
        displayGroup: "",
        healthcheck: { url: "http://localhost:8080/healthz", intervalSeconds: 3, threshold: 2 },
      },
    ],
  });

test("what a build made is answered in the API's shape, as the reference answers it", async () => {
  const workspace = await world.makeWorkspace();
  const build = await world.start(workspace, [full()]);

  const [made] = (await listResources(world.db, [build.jobId], world.clock.now())).get(build.jobId) ?? [];

  expect(WorkspaceResource.parse(made)).toBeDefined();
  const [found] = made?.agents ?? [];
  // The keys of a recorded agent that has not connected yet.
  expect(Object.keys(found ?? {}).sort()).toEqual(
    [
      "api_version",
      "apps",
      "architecture",
      "connection_timeout_seconds",
      "created_at",
      "directory",
      "display_apps",
      "environment_variables",
      "health",
      "id",
      "lifecycle_state",
      "log_sources",
      "logs_length",
      "logs_overflowed",
      "name",
      "operating_system",
      "parent_id",
      "resource_id",
      "scripts",
      "startup_script_behavior",
      "status",
      "subsystems",
      "troubleshooting_url",
      "updated_at",
      "version",
    ].sort(),
  );
  expect(found).toMatchObject({
    status: "connecting",
    lifecycle_state: "created",
    health: { healthy: false, reason: "agent has not yet connected" },
    startup_script_behavior: "blocking",
    apps: [{ slug: "web", health: "initializing", healthcheck: { interval: 3, threshold: 2 }, statuses: [] }],
    scripts: [
      { display_name: "Startup Script", timeout: 3_000_000_000 },
      { display_name: "Extra", run_on_stop: true },
    ],
  });
  expect(found?.log_sources.map((source) => source.display_name)).toEqual(["Extra", "Startup Script"]);
  expect(Object.keys(found?.apps[0] ?? {})).not.toContain("command");
  expect(agentsHealth(made === undefined ? [] : [made])).toEqual({ healthy: false, failing_agents: [found?.id] });
});

test("many builds are listed in one statement, sorted by name", async () => {
  const builds = [];
  for (let i = 0; i < 3; i++) {
    const workspace = await world.makeWorkspace();
    const build = await world.makeBuild(workspace.id, { jobStatus: "running" });
    await world.complete(workspace, build, { resources: [resource([agent()], "ws"), resource([], "disk")] });
    builds.push(build.jobId);
  }
  world.statements.length = 0;

  const listed = await listResources(world.db, builds, world.clock.now());

  expect(world.sent).toHaveLength(1);
  expect([...listed.values()].map((list) => list.map((item) => item.name))).toEqual(builds.map(() => ["disk", "ws"]));
  expect(listed.get(builds[0] ?? "")?.[0]).not.toHaveProperty("agents");
  expect(listed.get(builds[0] ?? "")?.[0]).not.toHaveProperty("metadata");
});

test("a job that made nothing is not in the map, and no jobs cost nothing", async () => {
  world.statements.length = 0;

  expect(await listResources(world.db, [], 0)).toEqual(new Map());
  expect(world.sent).toEqual([]);
  expect(await listResources(world.db, [randomUUID()], 0)).toEqual(new Map());
});

test("everything that a build made is stored in one statement", async () => {
  const workspace = await world.makeWorkspace();
  const build = await world.makeBuild(workspace.id, { jobStatus: "running" });
  const inserted: string[] = [];

  await transaction(contextOfSystem("provisioner daemon"), world.db, { name: "count" }, async (tx) => {
    world.statements.length = 0;
    await insertResources(tx, grantFor("workspace:update", {}), {
      jobId: build.jobId,
      workspaceId: workspace.id,
      buildId: build.id,
      transition: "start",
      resources: [resource([full()])],
      nowMs: world.clock.now(),
    });
    inserted.push(...world.sent.filter((text) => !text.includes("deployment_keys")));
  });

  expect(inserted).toHaveLength(1);
});

test("an import's agents belong to no workspace", async () => {
  const workspace = await world.makeWorkspace();
  const { jobId } = await world.makeBuild(workspace.id);

  await transaction(contextOfSystem("provisioner daemon"), world.db, { name: "import" }, async (tx) => {
    const resources = [resource([{ ...full(), token: undefined }])];
    await insertResources(tx, grantFor("workspace:update", {}), {
      jobId,
      transition: "start",
      resources,
      nowMs: world.clock.now(),
    });
  });

  const rows = await world.db
    .selectFrom("workspace_agents as a")
    .innerJoin("workspace_resources as r", "r.id", "a.resource_id")
    .select(["a.workspace_id", "a.build_id", "a.auth_token_hash"])
    .where("r.job_id", "=", jobId)
    .execute();
  expect(rows).toEqual([{ workspace_id: null, build_id: null, auth_token_hash: null }]);
});

test("a live token is nowhere in the database [agents 125]", async () => {
  const token = randomUUID();
  const workspace = await world.makeWorkspace();
  await world.start(workspace, [agent({ token })]);

  const { rows } = await world.database.pool.query<{ row: string }>("select a::text as row from workspace_agents a");

  expect(rows.some(({ row }) => row.includes(token) || row.includes(token.replaceAll("-", "")))).toBe(false);
});

test("a claim keeps the agent's token, its reports and what was collected, under a new id", async () => {
  const token = randomUUID();
  // Another replica's: this one would notice that it holds no such session.
  const replicaId = randomUUID();
  const workspace = await world.makeWorkspace({ ownerId: prebuildsUserId });
  const first = await world.start(workspace, [{ ...full(), token }]);
  const before = (await world.agentsOf(first)).get("main");
  if (before === undefined) throw new Error("no agent");
  await world.db
    .updateTable("workspace_agents")
    .set({
      session_replica_id: replicaId,
      session_generation: 4,
      first_connected_at: new Date(1000),
      version: "v1.2.3",
    })
    .where("id", "=", before.id)
    .execute();
  await world.db.updateTable("workspace_apps").set({ health: "healthy" }).where("agent_id", "=", before.id).execute();
  await world.db
    .updateTable("workspace_agent_metadata")
    .set({ value: "0.1", collected_at: new Date(2000) })
    .where("workspace_agent_id", "=", before.id)
    .execute();
  const claim = await world.beginClaim(workspace, world.ownerId);

  await world.complete(workspace, claim, {
    resources: [resource([{ ...full(), token: undefined }])],
    claimOfBuildId: first.id,
  });

  const after = (await world.agentsOf(claim)).get("main");
  const old = await world.agentRow(before.id);
  expect(after?.id).not.toBe(before.id);
  expect(after).toMatchObject({
    auth_token_hash: before.auth_token_hash,
    session_replica_id: replicaId,
    session_generation: 5,
    first_connected_at: new Date(1000),
    version: "v1.2.3",
    lifecycle_state: "starting",
    deleted: false,
  });
  expect(old).toMatchObject({ deleted: true, session_replica_id: null, session_generation: 5 });
  const apps = await world.db
    .selectFrom("workspace_apps")
    .select("health")
    .where("agent_id", "=", after?.id ?? "")
    .execute();
  expect(apps).toEqual([{ health: "healthy" }]);
  const metadata = await world.db
    .selectFrom("workspace_agent_metadata")
    .select(["value", "collected_at"])
    .where("workspace_agent_id", "=", after?.id ?? "")
    .execute();
  expect(metadata).toEqual([{ value: "0.1", collected_at: new Date(2000) }]);
});

test("an agent that a claim gave a new token is another process: no session moves to it", async () => {
  const workspace = await world.makeWorkspace({ ownerId: prebuildsUserId });
  const first = await world.start(workspace);
  const before = (await world.agentsOf(first)).get("main");
  await world.db
    .updateTable("workspace_agents")
    .set({ session_replica_id: randomUUID(), session_generation: 4 })
    .where("id", "=", before?.id ?? "")
    .execute();
  const claim = await world.beginClaim(workspace, world.ownerId);

  await world.complete(workspace, claim, { resources: [resource([agent()])], claimOfBuildId: first.id });

  expect((await world.agentsOf(claim)).get("main")).toMatchObject({
    session_replica_id: null,
    session_generation: 0,
    lifecycle_state: "created",
  });
});
