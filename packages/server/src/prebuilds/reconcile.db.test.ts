import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { silentLogger, type Logger } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { recordingLogger } from "@hearth/base/recording-logger";
import { prebuildsUserId, type WorkspaceAgentLifecycle } from "@hearth/sdk";
import { contextOfSystem, grantFor, ownerContext } from "../access/testing/index.ts";
import { advisoryLocks, releaseSessionLock, transaction, tryTakeSessionLock } from "../ground/database/index.ts";
import type { Room } from "../ground/disk/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { BuildingWorld, type PresetFixture, type TemplateFixture } from "../testing/index.ts";
import { createPrebuild } from "./create-prebuild.ts";
import type { PoolRules } from "./plan-pool.ts";
import type { PoolPreset } from "./pool-view.ts";
import { changeSettings } from "./prebuilds-settings.ts";
import { reconcilePools, type CycleResult } from "./reconcile.ts";
import { readSnapshot } from "./snapshot.ts";

const pools = contextOfSystem("prebuilds orchestrator");

let scene: BuildingWorld;
let clock: FakeClock;
const minute = 60_000;
const rules: PoolRules = { backoffIntervalMs: minute, backoffLookbackMs: 60 * minute, failureHardLimit: 3 };

beforeEach(async () => {
  clock = new FakeClock();
  scene = await BuildingWorld.create({ clock });
});

afterEach(async () => {
  await scene[Symbol.asyncDispose]();
});

interface CycleOptions {
  readonly rules?: PoolRules;
  readonly log?: Logger;
  readonly pubsub?: PubSub;
  readonly room?: Room;
}

async function cycle(options: CycleOptions = {}): Promise<CycleResult> {
  const { database, pubsub } = scene;
  const deps = {
    database,
    pubsub,
    clock,
    log: silentLogger,
    rules,
    allowUnsandboxed: false,
    sealKey: scene.sealKey,
    ...options,
  };
  return await reconcilePools(pools, deps);
}

async function snapshot(templateId?: string) {
  return await transaction(pools, scene.db, { name: "test", isolation: "repeatable read" }, (tx) =>
    readSnapshot(tx, grantFor("template:read", {}), { rules, nowMs: clock.now(), allowUnsandboxed: false, templateId }),
  );
}

type Transition = "start" | "stop" | "delete";
type Status = "pending" | "running" | "canceling" | "succeeded" | "canceled" | "failed";

function presetOf(template: TemplateFixture, name = "small"): PoolPreset {
  return {
    id: template.presets[name] ?? "",
    name,
    templateId: template.id,
    templateName: "t",
    organizationId: scene.organizationId,
    versionId: template.versionId,
    versionName: "v",
    usesActiveVersion: true,
    isTemplateDeleted: false,
    isTemplateDeprecated: false,
    desiredInstances: 1,
    timezone: "",
    ttlSeconds: 0,
    status: "healthy",
    statusDetail: "",
    refusal: undefined,
    lastInvalidatedAtMs: undefined,
  };
}

/** A workspace of the pool whose one build is of this kind, in this state. */
async function putPrebuild(
  template: TemplateFixture,
  transition: Transition,
  status: Status,
  preset = "small",
): Promise<string> {
  const before = new Set((await poolRows()).map(({ id }) => id));
  expect(await createPrebuild(pools, scene.deps(), presetOf(template, preset))).toBe("created");
  const id = (await poolRows()).find((row) => !before.has(row.id))?.id ?? "";
  await setLatest(id, transition, status);
  return id;
}

async function setLatest(workspaceId: string, transition: Transition, status: Status): Promise<void> {
  const build = await scene.db
    .updateTable("workspace_builds")
    .set({ transition })
    .where("workspace_id", "=", workspaceId)
    .returning("job_id")
    .executeTakeFirstOrThrow();
  const now = new Date(clock.now());
  const ended = ["succeeded", "canceled", "failed"].includes(status);
  await scene.db
    .updateTable("provisioner_jobs")
    .set({
      started_at: status === "pending" ? null : now,
      canceled_at: status.startsWith("cancel") ? now : null,
      completed_at: ended ? now : null,
      error: status === "failed" ? "broken" : null,
    })
    .where("id", "=", build.job_id)
    .execute();
}

async function poolRows() {
  return await scene.db
    .selectFrom("workspaces")
    .selectAll()
    .where("owner_id", "=", prebuildsUserId)
    .orderBy("created_at")
    .execute();
}

/** Builds that the reconciler has asked for, by what they do; those that tests put there are first builds of known ids. */
async function asked(known: readonly string[]): Promise<{ created: number; deleted: string[] }> {
  const builds = await scene.db
    .selectFrom("workspace_builds")
    .selectAll()
    .where("initiator_id", "=", prebuildsUserId)
    .execute();
  return {
    created: builds.filter((build) => build.build_number === 1 && !known.includes(build.workspace_id)).length,
    deleted: builds
      .filter((build) => build.build_number > 1 && build.transition === "delete")
      .map((build) => build.workspace_id),
  };
}

async function template(preset: Partial<PresetFixture> = {}): Promise<TemplateFixture> {
  return await scene.createTemplate({ presets: [{ name: "small", instances: 1, ...preset }] });
}

const statuses: readonly Status[] = ["pending", "running", "canceling", "succeeded", "canceled", "failed"];
const transitions: readonly Transition[] = ["start", "stop", "delete"];
const matrix = transitions.flatMap((transition) => statuses.map((status) => [transition, status] as const));

describe("one prebuild in every state", () => {
  /** On the active version one is wanted: it is there or on its way only when it starts, or started. */
  test.for(matrix)("[prebuilds 64, 66, 67, 69] %s %s on the active version", async ([transition, status]) => {
    const pool = await template();
    const id = await putPrebuild(pool, transition, status);

    await cycle();

    // A failed start holds the next one up for a while.
    const counts = transition === "start" && ["pending", "running", "succeeded", "failed"].includes(status);
    expect(await asked([id])).toEqual({ created: counts ? 0 : 1, deleted: [] });
  });

  test.for(matrix)("[prebuilds 65, 67, 68, 69] %s %s on an old version", async ([transition, status]) => {
    const pool = await template();
    const id = await putPrebuild(pool, transition, status);
    const next = await scene.addVersion(pool.id, {});
    await scene.promote(pool.id, next.versionId);

    await cycle();

    const goes = transition === "start" && (status === "succeeded" || status === "pending");
    expect(await asked([id])).toEqual({ created: 0, deleted: goes ? [id] : [] });
  });

  test("[prebuilds 71] eight cycles do what one does", async () => {
    const pool = await template();
    const known = [
      await putPrebuild(pool, "start", "succeeded"),
      await putPrebuild(pool, "stop", "succeeded"),
      await putPrebuild(pool, "start", "failed"),
    ];
    for (let count = 0; count < 8; count++) await cycle();

    expect(await asked(known)).toEqual({ created: 0, deleted: [] });
  });

  test("[prebuilds 70] a deleted template's is deleted, and none is made", async () => {
    const pool = await template();
    const id = await putPrebuild(pool, "start", "succeeded");
    await scene.db.updateTable("templates").set({ deleted: true }).where("id", "=", pool.id).execute();

    await cycle();

    expect(await asked([id])).toEqual({ created: 0, deleted: [id] });
  });

  test("[prebuilds 73] other people's workspaces and parked ones are left alone", async () => {
    const pool = await template();
    const parked = await putPrebuild(pool, "stop", "succeeded");
    const own = await scene.createWorkspace(scene.ada, pool, "mine");

    await cycle();

    expect((await asked([parked, own.id])).deleted).toEqual([]);
  });
});

test("on a full disk nothing is made and what is too many goes; when there is room the pool fills by itself", async () => {
  const pool = await template({ instances: 2 });
  const stale = await putPrebuild(pool, "start", "succeeded");
  const next = await scene.addVersion(pool.id, { presets: [{ name: "small", instances: 2 }] });
  await scene.promote(pool.id, next.versionId);
  let isShort = true;
  const room: Room = {
    isShort: async () => await Promise.resolve(isShort),
    require: async () => await Promise.resolve(),
  };

  for (let count = 0; count < 3; count++) await cycle({ room });
  expect(await asked([stale])).toEqual({ created: 0, deleted: [stale] });

  isShort = false;
  await cycle({ room });
  expect(await asked([stale])).toEqual({ created: 2, deleted: [stale] });
});

test("[prebuilds 63] without presets there is nothing to read, with none that keeps a pool nothing to do", async () => {
  const statements = scene.recordStatements();

  expect(await cycle()).toEqual({ outcome: "done", presets: 0, reconciled: 0 });
  await scene.createTemplate({ presets: [{ name: "plain", instances: null }] });
  statements.length = 0;
  expect(await cycle()).toEqual({ outcome: "done", presets: 0, reconciled: 0 });
  // Lock, settings, begin, the presets, commit, unlock.
  expect(statements).toHaveLength(6);
});

test("the snapshot is seven reads, however many pools there are", async () => {
  for (let count = 0; count < 5; count++)
    await template({ instances: 0, schedules: [{ cron: "* * * * *", instances: 0 }] });
  await cycle(); // after which the pools' own user is where it belongs
  const statements = scene.recordStatements();

  await cycle();

  expect(statements).toHaveLength(5 + 7 + 1);
});

test("[prebuilds 74] what starts for one preset is not another's", async () => {
  const pool = await scene.createTemplate({
    presets: [
      { name: "a", instances: 4 },
      { name: "b", instances: 10 },
    ],
  });
  const known: string[] = [];
  for (let count = 0; count < 4; count++) known.push(await putPrebuild(pool, "start", "running", "a"));

  await cycle();

  const rows = await scene.db
    .selectFrom("workspace_builds")
    .select(["template_version_preset_id", "workspace_id"])
    .execute();
  const made = rows.filter((row) => !known.includes(row.workspace_id)).map((row) => row.template_version_preset_id);
  expect(made).toEqual(Array.from({ length: 10 }, () => pool.presets["b"]));
});

test("[prebuilds 75, 40] the preset of a workspace is that of its last start that had one", async () => {
  const pool = await template();
  const id = await putPrebuild(pool, "start", "succeeded");
  const first = await scene.db
    .selectFrom("workspace_builds")
    .selectAll()
    .where("workspace_id", "=", id)
    .executeTakeFirstOrThrow();
  const job = await scene.db
    .selectFrom("provisioner_jobs")
    .selectAll()
    .where("id", "=", first.job_id)
    .executeTakeFirstOrThrow();
  const { job_status: _, ...columns } = job;
  const again = { ...columns, id: crypto.randomUUID(), input: "{}", tags: "{}" };
  await scene.db.insertInto("provisioner_jobs").values(again).execute();
  await scene.db
    .insertInto("workspace_builds")
    .values({ ...first, id: crypto.randomUUID(), job_id: again.id, build_number: 2, template_version_preset_id: null })
    .execute();

  expect((await snapshot()).running).toMatchObject([{ id, presetId: pool.presets["small"] }]);
});

describe("claimable", () => {
  interface AgentFixture {
    readonly state: WorkspaceAgentLifecycle;
    readonly isChild?: boolean;
    readonly isGone?: boolean;
  }

  async function withAgents(states: readonly AgentFixture[]): Promise<boolean | undefined> {
    const pool = await template();
    await cycle();
    const job = await scene.work();
    await scene.setLifecycle(job.workspace.id, "ready");
    const agent = await scene.db.selectFrom("workspace_agents").selectAll().executeTakeFirstOrThrow();
    await scene.db.deleteFrom("workspace_agents").execute();
    const parent = agent.id;
    for (const [index, { state, isChild, isGone }] of states.entries()) {
      const id = index === 0 ? parent : crypto.randomUUID();
      const row = {
        ...agent,
        id,
        name: `agent${index}`,
        lifecycle_state: state,
        parent_id: isChild === true ? parent : null,
        session_replica_id: isGone === true ? null : scene.replicaId,
        environment_variables: "{}",
      };
      await scene.db.insertInto("workspace_agents").values(row).execute();
    }
    expect(job.template.id).toBe(pool.id);
    return (await snapshot()).running[0]?.isClaimable;
  }

  test.for<[string, AgentFixture[], boolean]>([
    ["one that is", [{ state: "ready" }], true],
    ["[prebuilds 76] one of two that is not", [{ state: "ready" }, { state: "starting" }], false],
    ["[prebuilds 76] a child that is not", [{ state: "ready" }, { state: "starting", isChild: true }], true],
    ["[prebuilds 77] none at all", [], false],
    ["one whose start failed", [{ state: "start_error" }], false],
    ["one that is not connected any more", [{ state: "ready", isGone: true }], false],
    ["one of two that is not connected any more", [{ state: "ready" }, { state: "ready", isGone: true }], false],
    ["a child that is not connected", [{ state: "ready" }, { state: "ready", isChild: true, isGone: true }], true],
  ])("%s", async ([, agents, expected]) => {
    expect(await withAgents(agents)).toBe(expected);
  });
});

describe("lost", () => {
  async function warm(): Promise<string> {
    await template();
    await cycle();
    const job = await scene.work();
    await scene.setLifecycle(job.workspace.id, "ready");
    return job.workspace.id;
  }
  const lostSince = async () => (await snapshot()).running[0]?.lostSinceMs;

  test("one whose agent has ended its session is, from then on; one whose agent has not come yet is not", async () => {
    await template();
    await cycle();
    const job = await scene.work();
    expect(await lostSince()).toBeUndefined();
    await scene.setLifecycle(job.workspace.id, "ready");
    expect(await lostSince()).toBeUndefined();
    await clock.advance(5_000);
    const endedMs = clock.now();

    await scene.disconnect(job.workspace.id);
    await clock.advance(5_000);

    expect(await lostSince()).toBe(endedMs);
  });

  test("one whose agent was held by a replica that is gone is, from when that was last heard of", async () => {
    await warm();
    const renewedMs = clock.now() + 7_000;
    const lease = { renewed_at: new Date(renewedMs), expires_at: new Date(renewedMs + 15_000) };
    await scene.db.updateTable("replicas").set(lease).execute();

    await clock.advance(renewedMs + 14_999 - clock.now());
    expect(await lostSince()).toBeUndefined();
    await clock.advance(1);

    expect(await lostSince()).toBe(renewedMs);
  });

  test("one whose agent was given up before it ever came is", async () => {
    await template();
    await cycle();
    await scene.work();
    const givenUpAt = new Date(clock.now());
    await scene.db
      .updateTable("workspace_agents")
      .set({ given_up_at: givenUpAt, given_up_reason: "it ends" })
      .execute();

    expect(await lostSince()).toBe(clock.now());
  });

  test("is replaced after a minute, not before, and the log says so", async () => {
    const id = await warm();
    const log = recordingLogger();
    await scene.disconnect(id);
    await clock.advance(59_999);
    await cycle({ log });
    expect(await poolRows()).toMatchObject([{ id }]);
    await clock.advance(1);

    await cycle({ log });

    const jobs = [await scene.acquire(), await scene.acquire()];
    expect(jobs.map(({ transition, workspace }) => [transition, workspace.id === id])).toEqual([
      ["delete", true],
      ["start", false],
    ]);
    expect(log.lines.filter(({ message }) => message.includes("replacing it"))).toMatchObject([
      { level: "warn", fields: { workspaceId: id } },
    ]);
  });

  test("that came back in time stays", async () => {
    const id = await warm();
    await scene.disconnect(id);
    await clock.advance(59_000);
    await scene.setLifecycle(id, "starting");
    await clock.advance(120_000);

    await cycle();

    expect(await poolRows()).toMatchObject([{ id }]);
  });
});

describe("failures", () => {
  test("[prebuilds 78] while they are recent nothing is made; after the wait it is tried again", async () => {
    const pool = await template({ instances: 2 });
    const known = [await putPrebuild(pool, "start", "failed"), await putPrebuild(pool, "start", "failed")];

    await cycle();
    await clock.advance(2 * minute);
    await cycle();
    expect((await asked(known)).created).toBe(0);
    expect((await snapshot()).failures).toMatchObject([{ failures: 2 }]);
    await clock.advance(1);
    await cycle();
    expect((await asked(known)).created).toBe(2);
  });

  test("[prebuilds 79] one more failure makes it three", async () => {
    const pool = await template({ instances: 2 });
    const known = [await putPrebuild(pool, "start", "failed"), await putPrebuild(pool, "start", "failed")];
    await clock.advance(2 * minute + 1);
    known.push(await putPrebuild(pool, "start", "succeeded"), await putPrebuild(pool, "start", "failed"));

    expect((await snapshot()).failures).toEqual([
      { presetId: pool.presets["small"], failures: 3, lastBuildAtMs: clock.now() },
    ]);
    await cycle();
    expect((await asked(known)).created).toBe(0);
  });

  test("[prebuilds 80] old ones do not count", async () => {
    const pool = await template();
    const known = [await putPrebuild(pool, "start", "failed")];
    await clock.advance(60 * minute + 1);

    await cycle();

    expect((await asked(known)).created).toBe(1);
  });

  test("[prebuilds 81] one beyond the newest that are wanted counts only when one of those failed too", async () => {
    const pool = await template();
    await putPrebuild(pool, "start", "failed");
    await clock.advance(1000);
    await putPrebuild(pool, "start", "succeeded");
    expect((await snapshot()).failures).toEqual([]);

    await clock.advance(1000);
    await putPrebuild(pool, "start", "failed");
    expect((await snapshot()).failures).toMatchObject([{ failures: 2 }]);
  });

  test("[prebuilds 82] those of old versions do not count", async () => {
    const pool = await template();
    await putPrebuild(pool, "start", "failed");
    const next = await scene.addVersion(pool.id, {});
    await scene.promote(pool.id, next.versionId);

    expect((await snapshot()).failures).toEqual([]);
  });

  test("[prebuilds 62] a preset that only its schedule fills backs off, too", async () => {
    const pool = await template({ instances: 0, timezone: "UTC", schedules: [{ cron: "* * * * *", instances: 3 }] });
    const known: string[] = [];
    for (let count = 0; count < 3; count++) known.push(await putPrebuild(pool, "start", "failed"));

    await cycle({ rules: { ...rules, failureHardLimit: 0 } });

    expect((await asked(known)).created).toBe(0);
    expect((await snapshot()).failures).toMatchObject([{ failures: 3 }]);
  });

  test.for<[string, Status[], boolean]>([
    ["[prebuilds 83] the last three failed", ["succeeded", "failed", "failed", "failed"], true],
    ["[prebuilds 83] one of them succeeded", ["failed", "failed", "succeeded", "failed"], false],
    ["[prebuilds 83] fewer than three", ["failed", "failed"], false],
  ])("%s", async ([, builds, expected]) => {
    const pool = await template();
    for (const status of builds) {
      await putPrebuild(pool, "start", status);
      await clock.advance(1000);
    }

    expect((await snapshot()).hardLimited.has(pool.presets["small"] ?? "")).toBe(expected);
  });

  test("[prebuilds 84, 99] at the limit that is stored and nothing made; deleting the failed ones lifts it", async () => {
    const pool = await template();
    const failed: string[] = [];
    for (let count = 0; count < 3; count++) failed.push(await putPrebuild(pool, "start", "failed"));
    await clock.advance(2 * 60 * minute);
    const status = async () =>
      (await scene.db.selectFrom("template_version_presets").select(["prebuild_status"]).executeTakeFirstOrThrow())
        .prebuild_status;

    await cycle();
    expect([await status(), (await asked(failed)).created]).toEqual(["hard_limited", 0]);
    await scene.db.updateTable("workspaces").set({ deleted: true }).execute();
    await cycle();
    expect([await status(), (await asked(failed)).created]).toEqual(["healthy", 1]);
  });
});

test("[prebuilds 100, builds 105] a preset that lacks a value is tried once, and again with the next version", async () => {
  const parameters = [{ name: "needed", required: true }] as const;
  const pool = await scene.createTemplate({ parameters, presets: [{ name: "small", instances: 3 }] });
  const log = recordingLogger();

  await cycle({ log });
  await cycle({ log });

  const preset = await scene.db.selectFrom("template_version_presets").selectAll().executeTakeFirstOrThrow();
  expect(preset).toMatchObject({
    prebuild_status: "validation_failed",
    prebuild_status_detail: expect.stringContaining("needed") as string,
  });
  expect(log.lines.filter(({ message }) => message.startsWith("the preset does not do"))).toHaveLength(1);
  expect(await poolRows()).toEqual([]);
  const next = await scene.addVersion(pool.id, {
    parameters,
    presets: [{ name: "small", instances: 3, parameters: { needed: "x" } }],
  });
  await scene.promote(pool.id, next.versionId);
  await cycle();
  expect((await asked([])).created).toBe(3);
});

test("[prebuilds 102] a workspace is deleted although its preset would not do for a build", async () => {
  const pool = await template();
  const id = await putPrebuild(pool, "start", "succeeded");
  await scene.db
    .insertInto("template_version_parameters")
    .values({
      template_version_id: pool.versionId,
      name: "late",
      display_name: "",
      description: "",
      type: "string",
      form_type: "",
      mutable: false,
      default_value: "",
      icon: "",
      options: "[]",
      validation_regex: "",
      validation_error: "",
      validation_monotonic: "",
      required: true,
      ephemeral: false,
      display_order: 0,
    })
    .execute();
  const next = await scene.addVersion(pool.id, {});
  await scene.promote(pool.id, next.versionId);

  await cycle();

  expect((await asked([id])).deleted).toEqual([id]);
});

test("[prebuilds 104] when the active version moves meanwhile nothing is made of the old preset", async () => {
  const pool = await template();
  const next = await scene.addVersion(pool.id, {});
  await scene.promote(pool.id, next.versionId);

  expect(await createPrebuild(pools, scene.deps(), presetOf(pool))).toBe("moved");
  expect(await poolRows()).toEqual([]);
});

describe("queued builds of an old version", () => {
  test("[prebuilds 85, 88] are canceled, and their workspaces deleted without a worker", async () => {
    const pool = await template({ instances: 2 });
    await cycle();
    const ids = (await poolRows()).map(({ id }) => id);
    const next = await scene.addVersion(pool.id, {});
    await scene.promote(pool.id, next.versionId);
    await scene.db
      .updateTable("provisioner_daemons")
      .set({ last_seen_at: new Date(0) })
      .execute();

    await cycle();

    const builds = await scene.db
      .selectFrom("workspace_builds")
      .innerJoin("provisioner_jobs", "provisioner_jobs.id", "workspace_builds.job_id")
      .select(["workspace_id", "build_number", "job_status"])
      .orderBy("build_number")
      .execute();
    expect(builds.map(({ build_number, job_status }) => [build_number, job_status])).toEqual([
      [1, "canceled"],
      [1, "canceled"],
      [2, "succeeded"],
      [2, "succeeded"],
    ]);
    expect((await poolRows()).map(({ id, deleted }) => [id, deleted])).toEqual(ids.map((id) => [id, true]));
  });

  test("[prebuilds 86, 87] are left alone once a worker has one, or when a user asked", async () => {
    const pool = await template({ instances: 1 });
    await cycle();
    const own = await scene.createWorkspace(scene.ada, pool, "mine");
    const taken = [await scene.acquire()];
    const next = await scene.addVersion(pool.id, {});
    await scene.promote(pool.id, next.versionId);
    const other = await scene.acquire();

    await cycle();

    const statusOf = async (id: string) =>
      (
        await scene.db
          .selectFrom("provisioner_jobs")
          .select("job_status")
          .where("id", "=", id)
          .executeTakeFirstOrThrow()
      ).job_status;
    expect([await statusOf(taken[0]?.id ?? ""), await statusOf(other.id)]).toEqual(["running", "running"]);
    expect(own.latest_build.job.id).toBe(taken[0]?.id);
  });
});

describe("the cycle", () => {
  test("[prebuilds 94] paused it does nothing; resumed it restores the pool", async () => {
    const pool = await template();
    const id = await putPrebuild(pool, "start", "succeeded");
    const next = await scene.addVersion(pool.id, {});
    await scene.promote(pool.id, next.versionId);
    const pause = (reconciliation_paused: boolean) =>
      changeSettings(ownerContext(), scene, grantFor("prebuilds_settings:update", {}), { reconciliation_paused });

    await pause(true);
    expect((await cycle()).outcome).toBe("paused");
    expect((await asked([id])).deleted).toEqual([]);
    await pause(false);
    await cycle();
    expect((await asked([id])).deleted).toEqual([id]);
  });

  test("[prebuilds 95] a corrupt settings document fails it", async () => {
    await scene.db
      .insertInto("site_settings")
      .values({ name: "prebuilds", value: '"x"', updated_at: new Date(0) })
      .execute();

    await expect(cycle()).rejects.toThrow();
  });

  test("[prebuilds 93] while another replica is at it, it ends at once", async () => {
    await template();
    const client = await scene.database.pool.connect();
    expect(await tryTakeSessionLock(client, "prebuilds")).toBe(true);

    expect((await cycle()).outcome).toBe("locked");

    await releaseSessionLock(client, "prebuilds");
    client.release();
    expect((await cycle()).outcome).toBe("done");
    expect(advisoryLocks.prebuilds).toBeGreaterThan(0);
  });

  test("[prebuilds 93] five at once make no more than what is wanted", async () => {
    await template({ instances: 4 });

    const cycles = await Promise.all(Array.from({ length: 5 }, () => cycle()));

    expect(cycles.some(({ outcome }) => outcome === "done")).toBe(true);
    expect(await poolRows()).toHaveLength(4);
  });

  test("[prebuilds 72] it is right although nobody hears its messages", async () => {
    await template();
    const deaf: PubSub = {
      publish: () => undefined,
      hear: () => undefined,
      subscribe: () => ({ [Symbol.dispose]: () => undefined }),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    for (let count = 0; count < 3; count++) await cycle({ pubsub: deaf });

    expect(await poolRows()).toHaveLength(1);
  });
});

test("[prebuilds 60] presets follow their own schedules", async () => {
  const timezone = "UTC";
  await scene.createTemplate({
    presets: [
      {
        name: "early",
        instances: 0,
        timezone,
        schedules: [
          { cron: "* 6-7 * * *", instances: 1 },
          { cron: "* 8-9 * * *", instances: 2 },
        ],
      },
      {
        name: "late",
        instances: 1,
        timezone,
        schedules: [
          { cron: "* 8 * * *", instances: 3 },
          { cron: "* 20 * * *", instances: 2 },
        ],
      },
    ],
  });
  const hour = 60 * minute;
  const counts: number[][] = [];
  for (const at of [5, 6, 8, 10, 20]) {
    await clock.advance(Date.UTC(2026, 0, 1, at) - clock.now());
    await cycle();
    for (;;) {
      const waiting = await scene.db
        .selectFrom("provisioner_jobs")
        .select("id")
        .where("job_status", "=", "pending")
        .execute();
      if (waiting.length === 0) break;
      await scene.work();
    }
    const { running, presets } = await snapshot();
    counts.push(presets.map(({ id }) => running.filter(({ presetId }) => presetId === id).length));
  }
  expect(clock.now() % hour).toBe(0);
  expect(counts).toEqual([
    [0, 1],
    [1, 1],
    [2, 3],
    [0, 1],
    [0, 2],
  ]);
});
