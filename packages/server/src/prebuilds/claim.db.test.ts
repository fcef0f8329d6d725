import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { prebuildsUserId, type WorkspaceAgentLifecycle } from "@hearth/sdk";
import { silentLogger } from "@hearth/base";
import { authorize } from "../access/index.ts";
import { contextOfSystem } from "../access/testing/index.ts";
import { transaction } from "../ground/database/index.ts";
import { createBuild, createWorkspace } from "../workspaces/index.ts";
import { BuildingWorld, buildResult, type PresetFixture, type TemplateFixture, type User } from "../testing/index.ts";
import { claimPrebuild } from "./claim.ts";
import { deletePrebuild } from "./delete-prebuild.ts";
import { reconcilePools } from "./reconcile.ts";

const pools = contextOfSystem("prebuilds orchestrator");

let scene: BuildingWorld;

beforeEach(async () => {
  scene = await BuildingWorld.create();
});

afterEach(async () => {
  await scene[Symbol.asyncDispose]();
});

const rules = { backoffIntervalMs: 60_000, backoffLookbackMs: 3_600_000, failureHardLimit: 3 };

async function reconcile(): Promise<void> {
  const { database, pubsub, clock } = scene;
  const deps = { database, pubsub, clock, log: silentLogger, rules, allowUnsandboxed: false, sealKey: scene.sealKey };
  await reconcilePools(pools, deps);
}

/** A template with a pool of ready workspaces. */
async function warmPool(
  count: number,
  preset: Partial<PresetFixture> = {},
  parameters: Parameters<BuildingWorld["createTemplate"]>[0] = {},
) {
  const template = await scene.createTemplate({
    presets: [{ name: "small", instances: count, ...preset }],
    ...parameters,
  });
  await reconcile();
  for (let made = 0; made < count; made++) {
    const job = await scene.work();
    await scene.setLifecycle(job.workspace.id, "ready");
  }
  return template;
}

async function request(user: User, template: TemplateFixture, name: string, more: object = {}) {
  const body = { template_id: template.id, name, template_version_preset_id: template.presets["small"], ...more };
  return (await createWorkspace(user.ctx, scene.deps(claimPrebuild), user, body)).workspace;
}

test("[prebuilds 109] a ready workspace of the pool changes hands, and the next cycle restores the pool", async () => {
  const template = await warmPool(1);
  const { ada } = scene;
  scene.events.length = 0;

  const workspace = await request(ada, template, "mine");

  expect(workspace).toMatchObject({
    owner_name: "ada",
    name: "mine",
    is_prebuild: false,
    origin: { how: "claimed", ready_ms: null },
  });
  expect(workspace.latest_build).toMatchObject({
    build_number: 2,
    initiator_id: ada.id,
    status: "pending",
    template_version_preset_id: template.presets["small"],
  });
  expect(new Set(scene.events.map(({ ownerId }) => ownerId))).toEqual(new Set([ada.id, prebuildsUserId]));
  await reconcile();
  const [first, second] = [await scene.acquire(), await scene.acquire()];
  expect([first.stage, second.stage]).toEqual(["claim", "create"]);
  expect(first.workspace).toEqual({ id: workspace.id, name: "mine" });
});

test("[prebuilds 109, 138] an identity-only claim keeps the agent's token and moves its session", async () => {
  const template = await warmPool(1);
  const before = await scene.db.selectFrom("workspace_agents").selectAll().executeTakeFirstOrThrow();
  const heard: object[] = [];
  scene.pubsub.subscribe("prebuild_claimed", "*", {
    onMessage: (message) => heard.push(message),
    onDropped: () => undefined,
  });

  const workspace = await request(scene.ada, template, "mine");
  await scene.work();

  const agents = await scene.db
    .selectFrom("workspace_agents")
    .selectAll()
    .where("workspace_id", "=", workspace.id)
    .execute();
  const after = agents.find(({ deleted }) => !deleted);
  expect(after?.id).not.toBe(before.id);
  expect(after?.auth_token_hash).toEqual(before.auth_token_hash);
  expect(after?.lifecycle_state).toBe("starting");
  expect(heard).toMatchObject([
    {
      workspace_id: workspace.id,
      reason: "prebuild_claimed",
      owner_id: scene.ada.id,
      agents: [{ from: before.id, to: after?.id }],
    },
  ]);
});

test("a claim tells whoever holds something of the workspace open that it moved, once it has", async () => {
  const template = await warmPool(1);
  const readOwner = async (id: string) =>
    await scene.db.selectFrom("workspaces").select(["id", "owner_id"]).where("id", "=", id).executeTakeFirstOrThrow();
  const moved: ReturnType<typeof readOwner>[] = [];
  scene.pubsub.subscribe("object_access", "*", {
    onMessage: (_message, id) => moved.push(readOwner(id)),
    onDropped: () => undefined,
  });

  const { id } = await request(scene.ada, template, "mine");

  expect(await Promise.all(moved)).toEqual([{ id, owner_id: scene.ada.id }]);
});

test("[prebuilds 110] without a ready workspace a fresh one is built, and the reason is kept", async () => {
  const template = await warmPool(1);
  await scene.db.updateTable("workspace_agents").set({ lifecycle_state: "starting" }).execute();

  const workspace = await request(scene.ada, template, "mine");

  expect(workspace).toMatchObject({
    origin: { how: "built" },
    latest_build: { build_number: 1, initiator_id: scene.ada.id },
  });
  const job = await scene.db
    .selectFrom("provisioner_jobs")
    .select("input")
    .where("id", "=", workspace.latest_build.job.id)
    .executeTakeFirstOrThrow();
  expect(job.input).toMatchObject({ claim_miss: 'the pool of preset "small" has no ready workspace' });
});

test("[prebuilds 120] a failed claim leaves the workspace with its user and tells the agent that waits", async () => {
  const template = await warmPool(1);
  const heard: object[] = [];
  scene.pubsub.subscribe("prebuild_claimed", "*", {
    onMessage: (message) => heard.push(message),
    onDropped: () => undefined,
  });

  const workspace = await request(scene.ada, template, "mine");
  const job = await scene.acquire();
  await scene.jobs.fail(job, { error: "no room", errorCode: "", state: undefined });

  expect(heard).toEqual([{ workspace_id: workspace.id, reason: "claim_failed" }]);
  const row = await scene.db
    .selectFrom("workspaces")
    .selectAll()
    .where("id", "=", workspace.id)
    .executeTakeFirstOrThrow();
  expect(row).toMatchObject({ owner_id: scene.ada.id, deleted: false });
});

test("[prebuilds 119] a claimed workspace has what a fresh one would have", async () => {
  const hour = 3_600_000;
  const template = await warmPool(1, {}, { settings: { default_ttl: 2 * hour * 1_000_000 } });
  const autostart_schedule = "CRON_TZ=UTC 0 8 * * *";

  const own = await request(scene.ada, template, "mine", {
    autostart_schedule,
    ttl_ms: hour,
    automatic_updates: "always",
  });

  const row = await scene.db.selectFrom("workspaces").selectAll().where("id", "=", own.id).executeTakeFirstOrThrow();
  expect(row).toMatchObject({
    autostart_schedule,
    ttl: hour * 1_000_000,
    automatic_updates: "always",
    dormant_at: null,
    deleting_at: null,
    claim_count: 1,
  });
  expect(row.next_start_at?.getUTCHours()).toBe(8);
  expect(row.created_at).toEqual(row.claimed_at);
  expect(row.prebuild_created_at?.getTime()).toBeLessThan(row.created_at.getTime());
});

test("[prebuilds 115, 122] what a claim cannot change must be as the pool was built", async () => {
  const parameters = [
    { name: "size", defaultValue: "S" },
    { name: "greeting", defaultValue: "hello", deliverableAtClaim: true },
  ];
  const template = await warmPool(2, { parameters: {} }, { parameters });

  const other = await request(scene.ada, template, "large", { rich_parameter_values: [{ name: "size", value: "L" }] });
  const same = await request(scene.ada, template, "kind", {
    rich_parameter_values: [{ name: "greeting", value: "hi" }],
  });

  expect(other.latest_build.build_number).toBe(1);
  expect(same.latest_build.build_number).toBe(2);
  const values = await scene.db
    .selectFrom("workspace_build_parameters")
    .select(["name", "value"])
    .where("build_id", "=", same.latest_build.id)
    .orderBy("name")
    .execute();
  expect(values).toEqual([
    { name: "greeting", value: "hi" },
    { name: "size", value: "S" },
  ]);
});

test("[prebuilds 121] a taken name is refused before any claim", async () => {
  const template = await warmPool(1);
  await scene.createWorkspace(scene.ada, template, "mine");

  await expect(request(scene.ada, template, "MINE")).rejects.toMatchObject({ code: "workspace_name_taken" });
  expect(await poolSize()).toBe(1);
});

test("[prebuilds 117, 107] a workspace of a version that is not active any more is not given away", async () => {
  const template = await warmPool(1);
  const next = await scene.addVersion(template.id, { presets: [{ name: "small", instances: 1 }] });
  await scene.promote(template.id, next.versionId);

  const workspace = await request(scene.ada, next, "mine");

  expect(workspace.latest_build.build_number).toBe(1);
  expect(await poolSize()).toBe(1);
});

describe("the claim itself looks again at what was planned", () => {
  /** Of the template's preset `small`, for Ada, past everything that a create looks at before. */
  async function claim(template: TemplateFixture, fixedParameters = {}): Promise<string | undefined> {
    const planned = {
      templateId: template.id,
      versionId: template.versionId,
      presetId: template.presets["small"] ?? "",
      fixedParameters,
      mayRunUnsandboxed: false,
      name: "mine",
      autostartSchedule: null,
      nextStartMs: undefined,
      ttl: null,
      automaticUpdates: "never" as const,
      nowMs: scene.clock.now(),
    };
    const { ctx, id: ownerId } = scene.ada;
    const granted = authorize(ctx, "workspace:create", { ownerId, organizationId: scene.organizationId });
    const claimed = await transaction(
      ctx,
      scene.db,
      { name: "claim" },
      async (tx) => await claimPrebuild(tx, granted, planned),
    );
    return claimed?.workspace.id;
  }

  test.for<[string, (template: TemplateFixture) => Promise<unknown>]>([
    [
      "another version was promoted meanwhile",
      async ({ id }) => await scene.promote(id, (await scene.addVersion(id, {})).versionId),
    ],
    ["the template was deleted", () => scene.db.updateTable("templates").set({ deleted: true }).execute()],
    ["the workspace was deleted", () => scene.db.updateTable("workspaces").set({ deleted: true }).execute()],
    [
      "the workspace is somebody's",
      () => scene.db.updateTable("workspaces").set({ owner_id: scene.admin.id }).execute(),
    ],
    [
      "the workspace is of another version",
      async ({ id }) => {
        const { versionId } = await scene.addVersion(id, {});
        await scene.db.updateTable("workspace_builds").set({ template_version_id: versionId }).execute();
      },
    ],
    [
      "the workspace is of another preset",
      async ({ id }) => {
        const { presets } = await scene.addVersion(id, { presets: [{ name: "other", instances: 0 }] });
        const preset = presets["other"] ?? null;
        await scene.db.updateTable("workspace_builds").set({ template_version_preset_id: preset }).execute();
      },
    ],
    ["the workspace was stopped", () => scene.db.updateTable("workspace_builds").set({ transition: "stop" }).execute()],
    [
      "its build failed, and others did not",
      () =>
        scene.db
          .updateTable("provisioner_jobs")
          .set({ error: "broken" })
          .where("type", "=", "workspace_build")
          .execute(),
    ],
  ])("%s: nothing is given away", async ([, change]) => {
    const template = await warmPool(1);
    await change(template);

    expect(await claim(template)).toBeUndefined();
  });

  test("it was built without a value that no claim can change: nothing is given away", async () => {
    expect(await claim(await warmPool(1), { size: "big" })).toBeUndefined();
  });

  test("nothing changed: it is given away", async () => {
    const template = await warmPool(1);
    const [pooled] = await poolIds();

    expect(await claim(template)).toBe(pooled);
  });
});

test("of those that are of one age, the first by id goes first", async () => {
  const template = await warmPool(4);
  await scene.database.pool.query("drop index workspaces_pool_idx");
  await scene.db
    .updateTable("workspaces")
    .set({ created_at: new Date(0) })
    .execute();
  const byId = (await poolIds()).toSorted();

  const claimed: string[] = [];
  for (const name of ["a", "b", "c", "d"]) claimed.push((await request(scene.ada, template, name)).id);

  expect(claimed).toEqual(byId);
});

test("the preset of a workspace is that of its own last start that had one", async () => {
  const template = await warmPool(2);
  const { presets } = await scene.addVersion(template.id, { presets: [{ name: "other", instances: null }] });
  const [small, other] = [template.presets["small"] ?? null, presets["other"] ?? null];
  const [old = "", kept = ""] = await poolIds();
  const starts = async (id: string, history: readonly (readonly [string | null, "start" | "stop"])[]) => {
    const latest = await scene.db
      .selectFrom("workspace_builds")
      .selectAll()
      .where("workspace_id", "=", id)
      .executeTakeFirstOrThrow();
    const columns = { build_number: history.length + 1, template_version_preset_id: null };
    await scene.db.updateTable("workspace_builds").set(columns).where("id", "=", latest.id).execute();
    for (const [index, [template_version_preset_id, transition]] of history.entries()) {
      const jobs = scene.db.selectFrom("provisioner_jobs").selectAll().where("id", "=", latest.job_id);
      const { job_status: _, ...job } = await jobs.executeTakeFirstOrThrow();
      const again = { ...job, id: crypto.randomUUID(), input: "{}", tags: "{}" };
      await scene.db.insertInto("provisioner_jobs").values(again).execute();
      const row = { ...latest, id: crypto.randomUUID(), job_id: again.id, build_number: index + 1 };
      await scene.db
        .insertInto("workspace_builds")
        .values({ ...row, template_version_preset_id, transition })
        .execute();
    }
  };
  // Of the preset at first, then of another: not of its pool any more.
  await starts(old, [
    [small, "start"],
    [other, "start"],
    [small, "stop"],
  ]);
  await starts(kept, [
    [other, "start"],
    [small, "start"],
    [null, "start"],
    [other, "stop"],
  ]);

  const claimed = [await request(scene.ada, template, "a"), await request(scene.ada, template, "b")];

  expect(claimed.map(({ id }) => id).includes(old)).toBe(false);
  expect(claimed[0]?.id).toBe(kept);
});

test("a workspace beside one without a sandbox has one", async () => {
  const template = await warmPool(2);
  const [bare = "", sandboxed] = await poolIds();
  const build = await scene.db
    .selectFrom("workspace_builds")
    .select("job_id")
    .where("workspace_id", "=", bare)
    .executeTakeFirstOrThrow();
  const metadata = JSON.stringify([{ key: "sandbox", value: "none", sensitive: false }]);
  await scene.db.updateTable("workspace_resources").set({ metadata }).where("job_id", "=", build.job_id).execute();

  expect((await request(scene.ada, template, "mine")).id).toBe(sandboxed);
});

test("one that may age is given away until it is too old", async () => {
  const template = await warmPool(1, { ttlSeconds: 3600 });

  expect((await request(scene.ada, template, "mine")).origin?.how).toBe("claimed");
});

test("expired workspaces are not given away", async () => {
  const template = await warmPool(1, { ttlSeconds: 3600 });
  await scene.db
    .updateTable("workspaces")
    .set({ created_at: new Date(scene.clock.now() - 3_601_000) })
    .execute();

  const workspace = await request(scene.ada, template, "mine");

  expect(workspace.latest_build.build_number).toBe(1);
});

describe("a workspace that nobody could use is not given away", () => {
  const past = new Date(0);
  test.for<[string, (workspaceId: string) => Promise<unknown>]>([
    ["its agent has ended its session", (id) => scene.disconnect(id)],
    [
      "the replica that holds the agent's session has lost its lease",
      () => scene.db.updateTable("replicas").set({ expires_at: past }).execute(),
    ],
    ["the replica that holds the agent's session is gone", () => scene.db.deleteFrom("replicas").execute()],
    ["its agent is connected and starts again", (id) => scene.setLifecycle(id, "starting")],
    ["one of its two agents is not connected", (id) => addAgent(id, { session_replica_id: null })],
    ["one of its two agents is not ready", (id) => addAgent(id, { lifecycle_state: "starting" })],
  ])("%s", async ([, harm]) => {
    const template = await warmPool(1);
    const [pooled] = await poolIds();
    await harm(pooled ?? "");

    const workspace = await request(scene.ada, template, "mine");

    expect(workspace).toMatchObject({ origin: { how: "built" }, latest_build: { build_number: 1 } });
    expect(await poolIds()).toEqual([pooled]);
  });

  test("and one that can be used is, though it is younger", async () => {
    const template = await warmPool(2);
    const [older, younger] = await poolIds();
    await scene.disconnect(older ?? "");

    const workspace = await request(scene.ada, template, "mine");

    expect(workspace).toMatchObject({ id: younger, origin: { how: "claimed" } });
  });
});

test("the oldest goes first", async () => {
  const template = await warmPool(4);
  // Neither the order of the rows nor that of the ids, and no index that happens to have the right one.
  await scene.database.pool.query("drop index workspaces_pool_idx");
  const byAge = (await poolIds()).toSorted().toReversed();
  for (const [age, id] of [byAge[2], byAge[0], byAge[3], byAge[1]].entries()) {
    const createdAt = new Date(scene.clock.now() - age * 1_000);
    await scene.db
      .updateTable("workspaces")
      .set({ created_at: createdAt })
      .where("id", "=", id ?? "")
      .execute();
  }

  const claimed: string[] = [];
  for (const name of ["a", "b", "c", "d"]) claimed.push((await request(scene.ada, template, name)).id);

  expect(claimed).toEqual([byAge[1], byAge[3], byAge[0], byAge[2]]);
});

test("one that somebody holds is passed over, without a wait", async () => {
  const template = await warmPool(2);
  const [held, free] = await poolIds();

  const claimed = await transaction(pools, scene.db, { name: "holder" }, async (tx) => {
    await tx
      .selectFrom("workspaces")
      .select("id")
      .where("id", "=", held ?? "")
      .forUpdate()
      .execute();
    return await request(scene.ada, template, "mine"); // would wait for this very transaction
  });

  expect(claimed.id).toBe(free);
});

test.for([
  ["made before its pool was invalidated stays", 1, "built"],
  ["made at that moment or after goes", 0, "claimed"],
] as const)("a workspace that was %s", async ([, sinceMs, how]) => {
  const template = await warmPool(1);
  const { created_at } = await scene.db.selectFrom("workspaces").select("created_at").executeTakeFirstOrThrow();
  const invalidatedAt = new Date(created_at.getTime() + sinceMs);
  await scene.db.updateTable("template_version_presets").set({ last_invalidated_at: invalidatedAt }).execute();

  expect((await request(scene.ada, template, "mine")).origin?.how).toBe(how);
});

test("a workspace without a sandbox is given to owners only", async () => {
  const template = await scene.createTemplate({ presets: [{ name: "small", instances: 1 }] });
  await reconcile();
  const job = await scene.acquire();
  const result = buildResult(job);
  const resources = result.resources.map((resource) => ({
    ...resource,
    metadata: [{ key: "sandbox", value: "none", sensitive: false }],
  }));
  expect(job.owner.mayRunUnsandboxed).toBe(true);
  await scene.jobs.complete(job, { ...result, resources });
  await scene.setLifecycle(job.workspace.id, "ready");

  const member = await request(scene.ada, template, "mine");
  const admin = await request(scene.admin, template, "mine");

  expect([member.latest_build.build_number, admin.latest_build.build_number]).toEqual([1, 2]);
});

test("[prebuilds 149] a workspace of the pool has no deadline; its claim sets one", async () => {
  const template = await warmPool(1, {}, { settings: { default_ttl: 3_600_000_000_000 } });
  const deadlines = async () =>
    (await scene.db.selectFrom("workspace_builds").select("deadline").orderBy("build_number").execute()).map(
      ({ deadline }) => deadline,
    );

  expect(await deadlines()).toEqual([null]);
  await request(scene.ada, template, "mine");
  await scene.work();
  expect(await deadlines()).toEqual([null, expect.any(Date)]);
});

test("[prebuilds 114] a claimed workspace is stopped and started as any other", async () => {
  const template = await warmPool(2);
  const { id } = await request(scene.ada, template, "mine");
  await scene.work();
  for (const transition of ["stop", "start"] as const) {
    await createBuild(scene.ada.ctx, scene.deps(claimPrebuild), id, { transition });
    expect(await scene.work()).toMatchObject({ stage: "none", workspace: { id } });
  }

  expect(await poolSize()).toBe(1);
});

test("a claim is seven statements, and its completion five and a commit", async () => {
  const template = await warmPool(2);
  // What the version holds is read with its first workspace.
  await request(scene.ada, template, "first");
  await scene.work();
  const statements = scene.recordStatements();

  await request(scene.ada, template, "mine");
  expect(statements.map(firstWords).toSorted()).toEqual([
    "begin",
    "commit",
    "insert",
    "select",
    "select",
    "with",
    "with",
  ]);
  const job = await scene.acquire();
  statements.length = 0;
  await scene.jobs.complete(job, buildResult(job));
  const work = statements.map(firstWords).filter((word) => !["begin", "commit"].includes(word));
  expect(work).toEqual(["update", "select", "with", "with", "update"]);
});

describe("races", () => {
  test("[prebuilds 116, builds 106] 200 claims at once on a pool of 50 take 50 different workspaces", async () => {
    const template = await warmPool(50);

    const workspaces = await Promise.all(
      Array.from({ length: 200 }, (_, index) => request(scene.ada, template, `w${index}`)),
    );

    const claimed = workspaces.filter(({ origin }) => origin?.how === "claimed");
    expect(claimed).toHaveLength(50);
    expect(new Set(workspaces.map(({ id }) => id)).size).toBe(200);
    expect(await poolSize()).toBe(0);
  });

  test("[prebuilds 123, 103] of a claim and a delete of the same workspace exactly one wins", async () => {
    const template = await warmPool(10);
    const pool = await scene.db.selectFrom("workspaces").select("id").execute();

    const [claims, deletes] = await Promise.all([
      Promise.all(pool.map((_, index) => request(scene.ada, template, `w${index}`))),
      Promise.all(pool.map(({ id }) => deletePrebuild(pools, scene.deps(), id))),
    ]);

    const claimed = claims.filter(({ origin }) => origin?.how === "claimed").map(({ id }) => id);
    const deleting = pool.filter((_, index) => deletes[index] === "deleting").map(({ id }) => id);
    expect(claimed.length + deleting.length).toBe(10);
    expect(claimed.filter((id) => deleting.includes(id))).toEqual([]);
  });
});

async function poolSize(): Promise<number> {
  return (await poolIds()).length;
}

/** Oldest first. */
async function poolIds(): Promise<string[]> {
  const rows = await scene.db
    .selectFrom("workspaces")
    .select("id")
    .where("owner_id", "=", prebuildsUserId)
    .where("deleted", "=", false)
    .orderBy("created_at")
    .orderBy("id")
    .execute();
  return rows.map(({ id }) => id);
}

/** A second agent of the workspace, like its first but for some columns. */
async function addAgent(
  workspaceId: string,
  columns: { lifecycle_state?: WorkspaceAgentLifecycle; session_replica_id?: null },
) {
  const first = await scene.db
    .selectFrom("workspace_agents")
    .selectAll()
    .where("workspace_id", "=", workspaceId)
    .executeTakeFirstOrThrow();
  const second = { ...first, id: crypto.randomUUID(), name: "second", environment_variables: "{}", ...columns };
  await scene.db.insertInto("workspace_agents").values(second).execute();
}

function firstWords(statement: string): string {
  return statement.trim().split(/\s+/, 1)[0] ?? "";
}
