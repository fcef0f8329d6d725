import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeClock } from "@hearth/base/fake-clock";
import { prebuildsUserId } from "@hearth/sdk";
import { contextOfSystem, grantFor } from "../access/testing/index.ts";
import { transaction } from "../ground/database/index.ts";
import { BuildingWorld, type TemplateFixture } from "../testing/index.ts";
import { cancelPendingPrebuilds } from "./cancel-pending.ts";
import { createPrebuild } from "./create-prebuild.ts";
import type { PoolSnapshot } from "./pool-view.ts";
import { readSnapshot } from "./snapshot.ts";

const pools = contextOfSystem("prebuilds orchestrator");
const minute = 60_000;
/** One failure is enough to be seen. */
const rules = { backoffIntervalMs: minute, backoffLookbackMs: 60 * minute, failureHardLimit: 1 };

let scene: BuildingWorld;
let clock: FakeClock;

beforeEach(async () => {
  clock = new FakeClock();
  scene = await BuildingWorld.create({ clock });
});

afterEach(async () => {
  await scene[Symbol.asyncDispose]();
});

async function snapshot(templateId?: string): Promise<PoolSnapshot> {
  return await transaction(pools, scene.db, { name: "test", isolation: "repeatable read" }, (tx) =>
    readSnapshot(tx, grantFor("template:read", {}), { rules, nowMs: clock.now(), allowUnsandboxed: false, templateId }),
  );
}

/** How many there are of each, in all. */
async function counts(templateId?: string): Promise<Record<string, number>> {
  const { running, inProgress, pending, failures, hardLimited } = await snapshot(templateId);
  const sum = (numbers: Iterable<number>) => [...numbers].reduce((all, each) => all + each, 0);
  return {
    running: running.length,
    inProgress: sum(inProgress.map(({ count }) => count)),
    pending: sum(pending.values()),
    failures: sum(failures.map((row) => row.failures)),
    hardLimited: hardLimited.size,
  };
}

type State = "pending" | "running" | "succeeded" | "failed" | "outdated";

/** What the tests change, by where it is: the one workspace of the pool, its build, the build's job, its template. */
type Change = Partial<Record<"workspace" | "build" | "job" | "template", object>>;

/** A pool of one workspace, whose first build is in this state; `outdated`: it waits, and is of another version. */
async function pool(state: State): Promise<{ template: TemplateFixture; id: string }> {
  const schedules = [1, 2, 3, 4].map((hour) => ({ cron: `* ${hour} * * *`, instances: hour }));
  const template = await scene.createTemplate({ presets: [{ name: "small", instances: 1, schedules }] });
  await scene.db.updateTable("template_version_presets").set({ scheduling_timezone: "UTC" }).execute();
  const id = await addPrebuild(template);
  const now = new Date(clock.now());
  if (state === "running") await change(id, { job: { started_at: now } });
  if (state === "succeeded") await change(id, { job: { started_at: now, completed_at: now } });
  if (state === "failed") await change(id, { job: { started_at: now, completed_at: now, error: "broken" } });
  if (state === "outdated") {
    const { versionId } = await scene.addVersion(template.id, {});
    await change(id, { build: { template_version_id: versionId } });
  }
  return { template, id };
}

/** One more workspace of the pool, whose build waits. */
async function addPrebuild(template: TemplateFixture): Promise<string> {
  const known = new Set(await poolIds());
  const [preset] = (await snapshot(template.id)).presets;
  if (preset === undefined) throw new Error("the template has no pool");
  expect(await createPrebuild(pools, scene.deps(), preset)).toBe("created");
  return (await poolIds()).find((id) => !known.has(id)) ?? "";
}

async function poolIds(): Promise<string[]> {
  const query = scene.db.selectFrom("workspaces").select("id").where("owner_id", "=", prebuildsUserId);
  return (await query.execute()).map(({ id }) => id);
}

async function change(workspaceId: string, { workspace, build, job, template }: Change): Promise<void> {
  const { db } = scene;
  const at = await db
    .selectFrom("workspaces")
    .innerJoin("workspace_builds", "workspace_builds.workspace_id", "workspaces.id")
    .select(["workspaces.template_id", "workspace_builds.job_id"])
    .where("workspaces.id", "=", workspaceId)
    .executeTakeFirstOrThrow();
  if (workspace) await db.updateTable("workspaces").set(workspace).where("id", "=", workspaceId).execute();
  if (build) await db.updateTable("workspace_builds").set(build).where("workspace_id", "=", workspaceId).execute();
  if (job) await db.updateTable("provisioner_jobs").set(job).where("id", "=", at.job_id).execute();
  if (template) await db.updateTable("templates").set(template).where("id", "=", at.template_id).execute();
}

/** One more build of the workspace, like its first but for some columns; its job has ended well. */
async function addBuild(workspaceId: string, columns: object): Promise<void> {
  const { db } = scene;
  const builds = db.selectFrom("workspace_builds").selectAll().where("workspace_id", "=", workspaceId);
  const first = await builds.orderBy("build_number").executeTakeFirstOrThrow();
  const jobs = db.selectFrom("provisioner_jobs").selectAll().where("id", "=", first.job_id);
  const { job_status: _, ...job } = await jobs.executeTakeFirstOrThrow();
  const ended = { started_at: new Date(0), completed_at: new Date(0), canceled_at: null, error: null };
  const again = { ...job, ...ended, id: crypto.randomUUID(), input: "{}", tags: "{}" };
  await db.insertInto("provisioner_jobs").values(again).execute();
  await db
    .insertInto("workspace_builds")
    .values({ ...first, id: crypto.randomUUID(), job_id: again.id, build_number: 2, ...columns })
    .execute();
}

describe("what counts, and what one change takes away", () => {
  const none = { running: 0, inProgress: 0, pending: 0, failures: 0, hardLimited: 0 };
  const of: Readonly<Record<State, object>> = {
    pending: { ...none, inProgress: 1 },
    running: { ...none, inProgress: 1 },
    succeeded: { ...none, running: 1 },
    failed: { ...none, failures: 1, hardLimited: 1 },
    outdated: { ...none, pending: 1 },
  };

  test.for(Object.keys(of) as State[])("a build that is %s", async (state) => {
    await pool(state);

    expect(await counts()).toEqual(of[state]);
  });

  const now = new Date(0);
  const other = "00000000-0000-4000-8000-00000000000a";
  test.for<[state: State, what: string, changed: Change, counted?: object]>([
    ["pending", "its job has ended", { job: { completed_at: now } }, { running: 1 }],
    ["pending", "its job is to stop", { job: { canceled_at: now } }],
    ["pending", "somebody's job", { job: { initiator_id: other } }],
    ["pending", "somebody's build", { build: { initiator_id: other } }],
    ["running", "its job is to stop", { job: { canceled_at: now } }],
    ["outdated", "a worker has it", { job: { started_at: now } }],
    ["outdated", "somebody's job", { job: { initiator_id: other } }],
    ["outdated", "somebody's build", { build: { initiator_id: other } }],
    ["outdated", "no first build", { build: { build_number: 2 } }],
    ["outdated", "a stop", { build: { transition: "stop" } }],
    ["outdated", "of no preset", { build: { template_version_preset_id: null } }],
    ["succeeded", "somebody's", { workspace: { owner_id: other } }],
    ["succeeded", "deleted", { workspace: { deleted: true } }],
    ["succeeded", "stopped", { build: { transition: "stop" } }],
    ["failed", "somebody's", { workspace: { owner_id: other } }],
    ["failed", "deleted", { workspace: { deleted: true } }],
    ["failed", "a stop", { build: { transition: "stop" } }],
    ["failed", "of no preset", { build: { template_version_preset_id: null } }],
    ["failed", "long ago", { build: { created_at: new Date(-61 * minute) } }, { hardLimited: 1 }],
    ["failed", "of a deleted template", { template: { deleted: true } }, { hardLimited: 1 }],
  ])("a build that is %s, when it is: %s", async ([state, what, changed, counted]) => {
    const { id } = await pool(state);
    const somebody = JSON.parse(JSON.stringify(changed).replaceAll(other, scene.admin.id)) as Change;

    await change(id, somebody);

    expect({ what, ...(await counts()) }).toEqual({ what, ...none, ...counted });
  });

  test("one that is not the latest is not in progress, whatever number others' builds have", async () => {
    const { template, id } = await pool("pending");
    const own = await scene.createWorkspace(scene.ada, template, "mine");
    await scene.db
      .updateTable("workspace_builds")
      .set({ build_number: 9 })
      .where("workspace_id", "=", own.id)
      .execute();
    expect(await counts()).toMatchObject({ inProgress: 1 });

    await addBuild(id, {});

    expect(await counts()).toMatchObject({ inProgress: 0, running: 1 });
  });

  test("one of an old version is not in progress", async () => {
    await pool("outdated");

    expect((await snapshot()).inProgress).toEqual([]);
  });

  test("a failure beyond the newest counts by the schedules of its own preset", async () => {
    const { template } = await pool("failed");
    await scene.db.deleteFrom("template_version_preset_prebuild_schedules").execute();
    await clock.advance(1_000);
    const younger = await addPrebuild(template);
    await change(younger, { job: { started_at: new Date(0), completed_at: new Date(0) } });
    expect((await snapshot(template.id)).failures).toEqual([]);

    await pool("succeeded"); // whose schedules want four

    expect((await snapshot(template.id)).failures).toEqual([]);
  });
});

test.for<[State, keyof Awaited<ReturnType<typeof counts>>]>([
  ["pending", "inProgress"],
  ["succeeded", "running"],
  ["failed", "failures"],
  ["failed", "hardLimited"],
  ["outdated", "pending"],
])("of one template, nothing of another's is seen whose build is %s, too", async ([state, part]) => {
  const { template } = await pool(state);
  await pool(state);
  const presetId = template.presets["small"] ?? "";

  const { presets, schedules } = await snapshot(template.id);

  expect(presets.map(({ id }) => id)).toEqual([presetId]);
  const expected = [1, 2, 3, 4].map((hour) => ({ cron: `* ${hour} * * *`, instances: hour }));
  expect([...schedules]).toEqual([[presetId, expected]]);
  expect([(await counts(template.id))[part], (await counts())[part]]).toEqual([1, 2]);
});

test("presets come by template, name and id; those that keep no pool do not come", async () => {
  for (const name of ["b", "a"]) {
    const template = await scene.createTemplate({ name, presets: [{ name: "none", instances: null }] });
    for (let version = 0; version < 4; version++) {
      const presets = ["z", "y"].map((each) => ({ name: each, instances: 0 }));
      await scene.addVersion(template.id, { presets });
    }
  }

  const { presets } = await snapshot();

  const order = ({ templateName, name, id }: (typeof presets)[number]) => `${templateName} ${name} ${id}`;
  expect(presets.map(order)).toEqual(presets.map(order).toSorted());
  expect(presets).toHaveLength(16);
});

test("schedules are read of active versions of templates that are in use", async () => {
  const { id, template } = await pool("pending");
  const sizes = async () => (await snapshot()).schedules.size;
  expect(await sizes()).toBe(1);

  await change(id, { template: { deleted: true } });
  expect(await sizes()).toBe(0);
  await change(id, { template: { deleted: false, deprecated: "use another" } });
  expect(await sizes()).toBe(0);
  await change(id, { template: { deprecated: "" } });
  await scene.promote(template.id, (await scene.addVersion(template.id, {})).versionId);
  expect(await sizes()).toBe(0);
});

test("a preset of the active version alone is refused where there is no sandbox", async () => {
  const { template } = await pool("pending");
  const engines = { process: { livesOnHost: true, unsandboxed: "no bwrap" } };
  await scene.db.updateTable("template_versions").set({ promoted_by: scene.ada.id }).execute();
  await scene.db
    .updateTable("provisioner_daemons")
    .set({ engines: JSON.stringify(engines) })
    .execute();
  const refused = async () => (await snapshot()).presets.map(({ refusal }) => refusal !== undefined);
  expect(await refused()).toEqual([true]);

  await scene.promote(template.id, (await scene.addVersion(template.id, {})).versionId);

  expect(await refused()).toEqual([false]);
});

test("the preset of a workspace is that of its own last start that had one", async () => {
  const { template, id } = await pool("succeeded");
  const { presets } = await scene.addVersion(template.id, { presets: [{ name: "other", instances: null }] });
  const other = presets["other"] ?? null;
  const small = template.presets["small"] ?? null;
  await change(id, { build: { template_version_preset_id: other } });
  await addBuild(id, { build_number: 2, template_version_preset_id: small });
  await addBuild(id, { build_number: 3, template_version_preset_id: null });
  await addBuild(id, { build_number: 4, template_version_preset_id: other, transition: "stop" });
  await addBuild(id, { build_number: 5, template_version_preset_id: null });
  const own = await scene.createWorkspace(scene.ada, template, "mine");
  await scene.db
    .updateTable("workspace_builds")
    .set({ build_number: 9, template_version_preset_id: other })
    .where("workspace_id", "=", own.id)
    .execute();

  expect((await snapshot()).running).toMatchObject([{ id, presetId: small }]);
});

describe("a build that waits though its version is old", () => {
  const cancel = async (presetId: string | undefined) =>
    await cancelPendingPrebuilds(pools, scene.deps(), presetId ?? "");

  test("is canceled", async () => {
    const { template } = await pool("outdated");
    await pool("pending");

    expect(await cancel(template.presets["small"])).toBe(1);
  });

  test.for<[what: string, changed: (user: string) => Change]>([
    ["it is no first build", () => ({ build: { build_number: 2 } })],
    ["it is a stop", () => ({ build: { transition: "stop" } })],
    ["somebody asked for it", (user) => ({ build: { initiator_id: user } })],
    ["its workspace is somebody's", (user) => ({ workspace: { owner_id: user } })],
    ["a worker has it", () => ({ job: { started_at: new Date(0) } })],
  ])("is left alone when %s", async ([, changed]) => {
    const { template, id } = await pool("outdated");
    await change(id, changed(scene.admin.id));

    expect(await cancel(template.presets["small"])).toBe(0);
  });

  test("is left alone when it is of another preset, or of the active version", async () => {
    const outdated = await pool("outdated");
    const active = await pool("pending");

    expect(await cancel(active.template.presets["small"])).toBe(0);
    await scene.db
      .updateTable("workspace_builds")
      .set({ template_version_id: outdated.template.versionId })
      .where("workspace_id", "=", outdated.id)
      .execute();
    expect(await cancel(outdated.template.presets["small"])).toBe(0);
  });
});
