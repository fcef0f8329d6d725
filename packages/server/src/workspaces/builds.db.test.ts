import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { armFailpoints } from "@hearth/base";
import pg from "pg";
import { grantFor } from "../access/testing/index.ts";
import { authorizeWorkspace } from "./access.ts";
import { cancelBuild, expectedStatusOf } from "./cancel-build.ts";
import { createBuild } from "./create-build.ts";
import { idempotencyKeyOf } from "./idempotency.ts";
import { findBuildRecords } from "./records.ts";
import { findBuildState } from "./build-state.ts";
import { findWorkspace } from "./store.ts";
import { listBuildParameters } from "./build-parameters.ts";
import { BuildingWorld, buildResult, refusalOf, type TemplateFixture, type User } from "../testing/index.ts";

let scene: BuildingWorld;
let template: TemplateFixture;
let names = 0;

beforeAll(async () => {
  scene = await BuildingWorld.create();
  template = await scene.createTemplate();
});

afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});

/** A workspace of ada's whose first build has succeeded. */
async function running(
  of: TemplateFixture = template,
  parameters: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { id } = await scene.createWorkspace(scene.ada, of, `w${++names}`, parameters);
  await scene.work();
  return id;
}

type Request = Parameters<typeof createBuild>[3];

async function build(id: string, request: Request, user: User = scene.ada) {
  return (await createBuild(user.ctx, scene.deps(), id, request)).build;
}

async function parametersOf(buildId: string): Promise<Record<string, string>> {
  const { workspace_id: id } = await scene.db
    .selectFrom("workspace_builds")
    .select("workspace_id")
    .where("id", "=", buildId)
    .executeTakeFirstOrThrow();
  const rows = await listBuildParameters(scene.db, grantFor("workspace:read", { id }), scene.sealKey, buildId);
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}

describe("one build at a time", () => {
  test("[builds 26] a second build is refused while one is active", async () => {
    const id = await running();
    await build(id, { transition: "stop" });

    expect(await refusalOf(build(id, { transition: "start" }))).toMatchObject({ status: 409, code: "build_active" });
    await scene.work();
  });

  test("[builds 27] of ten requests at once exactly one is taken, and numbers have no gap", async () => {
    const id = await running();

    const answers = await Promise.allSettled(Array.from({ length: 10 }, () => build(id, { transition: "start" })));

    const taken = answers.filter(({ status }) => status === "fulfilled");
    const refused = answers.flatMap((answer) =>
      answer.status === "rejected" ? [answer.reason as { status: number }] : [],
    );
    expect(taken).toHaveLength(1);
    expect(refused.map(({ status }) => status)).toEqual(Array.from({ length: 9 }, () => 409));
    await scene.work();
    expect((await findBuildRecords(scene.db, { workspaceId: id })).map((record) => record.build.build_number)).toEqual([
      2, 1,
    ]);
  });

  test("[builds 112] a serialization failure inside the handler's transaction is tried again from the start", async () => {
    const id = await running();
    let conflicts = 0;
    armFailpoints((name) => {
      if (name !== "create_build:before_commit" || conflicts > 0) return;
      conflicts++;
      const conflict = new pg.DatabaseError("could not serialize access", 0, "error");
      conflict.code = "40001";
      throw conflict;
    });

    const made = await build(id, { transition: "stop" });
    armFailpoints(undefined);

    expect([conflicts, made.build_number]).toEqual([1, 2]);
    const jobs = await scene.db
      .selectFrom("provisioner_jobs")
      .select("id")
      .where("job_status", "=", "pending")
      .execute();
    expect(jobs).toHaveLength(1);
    await scene.work();
  });
});

describe("idempotency keys", () => {
  const body = { transition: "stop" } as const;
  const key = () => idempotencyKeyOf("k1", body);

  test("[builds 28] the same request twice is one build and one job", async () => {
    const id = await running();

    const first = await createBuild(scene.ada.ctx, scene.deps(), id, body, key());
    const again = await createBuild(scene.ada.ctx, scene.deps(), id, body, key());
    await scene.work();
    const later = await createBuild(scene.ada.ctx, scene.deps(), id, body, key());

    expect([first.isNew, again.isNew, later.isNew]).toEqual([true, false, false]);
    expect(new Set([first.build.id, again.build.id, later.build.id]).size).toBe(1);
    expect(await findBuildRecords(scene.db, { workspaceId: id })).toHaveLength(2);
  });

  test("[builds 28] twice at the same moment, too", async () => {
    const id = await running();

    const answers = await Promise.all(
      Array.from({ length: 5 }, () => createBuild(scene.ada.ctx, scene.deps(), id, body, key())),
    );

    expect(new Set(answers.map((answer) => answer.build.id)).size).toBe(1);
    expect(answers.filter(({ isNew }) => isNew)).toHaveLength(1);
    await scene.work();
  });

  test("a key that was used for something else is refused", async () => {
    const id = await running();
    await createBuild(scene.ada.ctx, scene.deps(), id, body, key());

    const other = createBuild(
      scene.ada.ctx,
      scene.deps(),
      id,
      { transition: "delete" },
      idempotencyKeyOf("k1", { transition: "delete" }),
    );

    expect(await refusalOf(other)).toMatchObject({ status: 409, code: "conflict" });
    await scene.work();
  });
});

describe("who may", () => {
  test("[builds 30] whoever does not see the workspace learns nothing", async () => {
    const id = await running();
    const bob = await scene.createUser(`bob${++names}`);

    expect(await refusalOf(build(id, { transition: "start" }, bob))).toMatchObject({ status: 404 });
  });

  test("[builds 32] only template managers orphan or give state", async () => {
    const id = await running();

    expect(await refusalOf(build(id, { transition: "delete", orphan: true }))).toMatchObject({ status: 403 });
    expect(await refusalOf(build(id, { transition: "stop", state: "e30=" }))).toMatchObject({ status: 403 });
  });

  test("[builds 33, 34] an orphan is deleted, and has no state", async () => {
    const id = await running();

    expect(await refusalOf(build(id, { transition: "start", orphan: true }, scene.admin))).toMatchObject({
      status: 400,
    });
    expect(
      await refusalOf(build(id, { transition: "delete", orphan: true, state: "e30=" }, scene.admin)),
    ).toMatchObject({ status: 400 });
  });

  test("a workspace of a template that requires its active version is started with that", async () => {
    const strict = await scene.createTemplate({ settings: { require_active_version: true } });
    const id = await running(strict);
    const next = await scene.addVersion(strict.id, { isActive: true });

    expect(await refusalOf(build(id, { transition: "start" }))).toMatchObject({ status: 403 });
    await build(id, { transition: "stop" });
    await scene.work();
    expect(await build(id, { transition: "start", template_version_id: next.versionId })).toMatchObject({
      status: "pending",
    });
    await scene.work();
  });
});

describe("orphans", () => {
  test("[builds 36] with a worker the orphan is deleted by it, on empty state", async () => {
    const id = await running();

    expect((await build(id, { transition: "delete", orphan: true }, scene.admin)).job.status).toBe("pending");
    expect((await scene.work()).state).toBeUndefined();
  });

  test("without one it is deleted at once", async () => {
    const id = await running();
    await scene.db
      .updateTable("provisioner_daemons")
      .set({ last_seen_at: new Date(0) })
      .execute();

    const orphan = await build(id, { transition: "delete", orphan: true }, scene.admin);

    expect(orphan).toMatchObject({ status: "deleted", job: { status: "succeeded" } });
    expect((await findWorkspace(scene.db, id))?.deleted).toBe(true);
    const agents = await scene.db
      .selectFrom("workspace_agents")
      .select("deleted")
      .where("workspace_id", "=", id)
      .execute();
    expect(agents).toEqual([{ deleted: true }]);
    await scene.db
      .updateTable("provisioner_daemons")
      .set({ last_seen_at: new Date(scene.clock.now()) })
      .execute();
  });
});

test("[builds 37] a deleted workspace is not started, and may be deleted again", async () => {
  const id = await running();
  await build(id, { transition: "delete" });
  await scene.work();

  expect(await refusalOf(build(id, { transition: "start", orphan: true }))).toMatchObject({
    status: 409,
    message: "Cannot start a deleted workspace!",
  });
  expect(await build(id, { transition: "delete" })).toMatchObject({ status: "pending" });
  await scene.work();
});

test("starting a dormant workspace wakes it", async () => {
  const id = await running();
  await scene.db
    .updateTable("workspaces")
    .set({ dormant_at: new Date(0), deleting_at: new Date(1) })
    .where("id", "=", id)
    .execute();

  await build(id, { transition: "start" });

  expect(await findWorkspace(scene.db, id)).toMatchObject({ dormant_at: null, deleting_at: null });
  await scene.work();
});

describe("versions and parameters", () => {
  test("[builds 29] a version of another template is refused", async () => {
    const id = await running();
    const other = await scene.createTemplate();

    expect(await refusalOf(build(id, { transition: "start", template_version_id: other.versionId }))).toMatchObject({
      status: 400,
    });
  });

  test("an unknown version is refused without naming a field", async () => {
    const id = await running();
    const version = "11111111-2222-4333-8444-555555555555";

    expect(await refusalOf(build(id, { transition: "start", template_version_id: version }))).toMatchObject({
      status: 400,
      fields: [],
      message: "template version does not exist",
    });
  });

  test("[builds 13, 17, 18, 23, 24] values are kept, checked and dropped from build to build", async () => {
    const parameters = [
      { name: "size", defaultValue: "x" },
      { name: "count", type: "number", defaultValue: "5", validationMonotonic: "increasing" },
      { name: "once", ephemeral: true, defaultValue: "d" },
      { name: "gone" },
    ] as const;
    const first = await scene.createTemplate({ parameters });
    const id = await running(first, { count: "5", once: "now" });
    const next = await scene.addVersion(first.id, {
      parameters: [{ ...parameters[0], defaultValue: "y" }, parameters[1], parameters[2]],
    });

    const refusal = await refusalOf(
      build(id, { transition: "start", rich_parameter_values: [{ name: "count", value: "4" }] }),
    );
    const made = await build(id, {
      transition: "start",
      template_version_id: next.versionId,
      rich_parameter_values: [{ name: "count", value: "6" }],
    });

    expect(refusal).toMatchObject({ status: 400, fields: ["count"] });
    expect(await parametersOf(made.id)).toEqual({ size: "x", count: "6", once: "d" });
    const elsewhere = grantFor("workspace:read", { id: randomUUID() });
    expect(await listBuildParameters(scene.db, elsewhere, scene.sealKey, made.id)).toEqual([]);
    await scene.work();
  });

  test("[builds 25] a stop and a delete go through whatever a new version requires", async () => {
    const old = await scene.createTemplate();
    const id = await running(old);
    const strict = await scene.addVersion(old.id, { parameters: [{ name: "needed", required: true }] });

    expect(await refusalOf(build(id, { transition: "start", template_version_id: strict.versionId }))).toMatchObject({
      status: 400,
      fields: ["needed"],
    });
    for (const transition of ["stop", "delete"] as const) {
      await build(id, { transition, template_version_id: strict.versionId });
      await scene.work();
    }
  });

  test("[builds 11] a version whose import runs is refused for now", async () => {
    const slow = await scene.createTemplate({ importStatus: "running" });

    expect(await refusalOf(scene.createWorkspace(scene.ada, slow, `w${++names}`))).toMatchObject({ status: 406 });
  });

  test("builds carry the version's tags, a user's with their owner", async () => {
    const tagged = await scene.createTemplate({ tags: { scope: "user", owner: scene.admin.id, zone: "eu" } });

    const workspace = await scene.createWorkspace(scene.ada, tagged, `w${++names}`);

    expect(workspace.latest_build.job.tags).toEqual({ scope: "user", owner: scene.ada.id, zone: "eu" });
    expect(workspace.latest_build.matched_provisioners).toEqual({ count: 0, available: 0, most_recently_seen: null });
  });
});

describe("cancelling", () => {
  async function cancel(id: string, user: User, expectStatus?: string): Promise<void> {
    const [latest] = await findBuildRecords(scene.db, { workspaceId: id, limit: 1 });
    if (latest === undefined) throw new Error("no build");
    const granted = authorizeWorkspace(user.ctx, "workspace:update", latest.workspace);
    await cancelBuild(user.ctx, scene.deps(), granted, latest, expectedStatusOf(expectStatus));
  }

  test("[builds 39] what waits may be canceled by its user", async () => {
    const id = await running();
    await build(id, { transition: "start" });

    await cancel(id, scene.ada, "pending");

    const [latest] = await findBuildRecords(scene.db, { workspaceId: id, limit: 1 });
    expect(latest?.job.job_status).toBe("canceled");
    expect(await refusalOf(cancel(id, scene.ada, "pending"))).toMatchObject({ status: 400 });
  });

  test("[builds 40, 41, 42] what runs is canceled by owners, and by all where the template says so", async () => {
    const id = await running();
    await build(id, { transition: "start" });
    const job = await scene.acquire();

    expect(await refusalOf(cancel(id, scene.ada))).toMatchObject({ status: 403 });
    expect(await refusalOf(cancel(id, scene.admin, "pending"))).toMatchObject({ status: 412 });
    expect(await refusalOf(cancel(id, scene.admin, "soon"))).toMatchObject({ status: 400 });
    await cancel(id, scene.admin);
    expect(await refusalOf(cancel(id, scene.admin))).toMatchObject({
      status: 400,
      message: "Job has already been marked as canceled!",
    });
    expect((await scene.jobs.update(job, [])).canceled).toBe(true);
    await scene.jobs.complete(job, buildResult(job));

    const [latest] = await findBuildRecords(scene.db, { workspaceId: id, limit: 1 });
    expect(latest?.job.job_status).toBe("canceled");
    await scene.db
      .updateTable("templates")
      .set({ allow_user_cancel_workspace_jobs: true })
      .where("id", "=", template.id)
      .execute();
    await build(id, { transition: "start" });
    const next = await scene.acquire();
    await cancel(id, scene.ada);
    await scene.jobs.fail(next, { error: "stopped", errorCode: "", state: undefined });
  });
});

describe("what builds leave", () => {
  const stateOf = async (id: string, number: number) => {
    const { id: buildId } = await scene.db
      .selectFrom("workspace_builds")
      .select("id")
      .where("workspace_id", "=", id)
      .where("build_number", "=", number)
      .executeTakeFirstOrThrow();
    const state = await findBuildState(
      scene.db,
      grantFor("template:update", { id: randomUUID() }),
      scene.sealKey,
      buildId,
    );
    return state === undefined ? undefined : Buffer.from(state).toString();
  };

  test("[builds 64] what a failed build left is what the next one begins with", async () => {
    const id = await running();
    await build(id, { transition: "start" });
    const job = await scene.acquire();
    await scene.jobs.fail(job, { error: "half way", errorCode: "", state: Buffer.from("half") });

    expect(await stateOf(id, 2)).toBe("half");
    await build(id, { transition: "delete" });
    expect(Buffer.from((await scene.work()).state ?? []).toString()).toBe("half");
  });

  test("[builds 66] a build that fails before it changes anything leaves what was there", async () => {
    const id = await running();
    const before = await stateOf(id, 1);
    await build(id, { transition: "start" });
    await scene.jobs.fail(await scene.acquire(), { error: "no plan", errorCode: "", state: undefined });

    expect(await stateOf(id, 2)).toBe(before);
  });

  test("state that is given replaces what was there", async () => {
    const id = await running();
    await build(id, { transition: "stop", state: Buffer.from("given").toString("base64") }, scene.admin);

    expect(Buffer.from((await scene.work()).state ?? []).toString()).toBe("given");
  });

  test("[builds 65] a failure and its state are kept together, or neither", async () => {
    const id = await running();
    await build(id, { transition: "start" });
    const job = await scene.acquire();
    armFailpoints((name) => {
      if (name === "job_fail:before_commit") throw new Error("killed here");
    });
    await expect(
      scene.jobs.fail(job, { error: "half way", errorCode: "", state: Buffer.from("half") }),
    ).rejects.toThrow("killed here");
    armFailpoints(undefined);

    const [latest] = await findBuildRecords(scene.db, { workspaceId: id, limit: 1 });
    expect([latest?.job.job_status, await stateOf(id, 2)]).toEqual(["running", await stateOf(id, 1)]);
    await scene.jobs.fail(job, { error: "half way", errorCode: "", state: Buffer.from("half") });
    expect(await stateOf(id, 2)).toBe("half");
  });

  test("[builds 70] agents whose names differ by case alone fail the build, and nothing of it is kept", async () => {
    const id = await running();
    await build(id, { transition: "start" });
    const job = await scene.acquire();
    const result = buildResult(job);
    const twins = result.resources.map((resource) => ({
      ...resource,
      agents: resource.agents.flatMap((agent) => [agent, { ...agent, name: "MAIN" }]),
    }));

    await scene.jobs.complete(job, { ...result, resources: twins });

    const [latest] = await findBuildRecords(scene.db, { workspaceId: id, limit: 1 });
    expect(latest?.job).toMatchObject({ job_status: "failed", error: expect.stringContaining("main") as string });
    const rows = await scene.db.selectFrom("workspace_resources").select("id").where("job_id", "=", job.id).execute();
    expect(rows).toEqual([]);
  });

  test("[builds 72] the agents of the last build end when the next one has succeeded, not before", async () => {
    const id = await running();
    const living = async () =>
      (
        await scene.db
          .selectFrom("workspace_agents")
          .select("build_id")
          .where("workspace_id", "=", id)
          .where("deleted", "=", false)
          .execute()
      ).map(({ build_id }) => build_id);
    const [first] = await living();
    const made = await build(id, { transition: "start" });

    expect(await living()).toEqual([first]);
    await scene.work();
    expect(await living()).toEqual([made.id]);
  });

  test("[builds 84] the deadline of a build is its end and the time to autostop; a stop keeps one too", async () => {
    const hour = 3_600_000;
    const timed = await scene.createTemplate({ settings: { default_ttl: 8 * hour * 1_000_000 } });
    const id = await running(timed);
    const [started] = await findBuildRecords(scene.db, { workspaceId: id, limit: 1 });
    await build(id, { transition: "stop" });
    await scene.work();
    const [stopped] = await findBuildRecords(scene.db, { workspaceId: id, limit: 1 });

    for (const record of [started, stopped]) {
      expect((record?.build.deadline?.getTime() ?? 0) - (record?.job.completed_at?.getTime() ?? 0)).toBe(8 * hour);
    }
  });

  test("[builds 111] lists and look-ups never read states", async () => {
    const id = await running();
    const statements = scene.recordStatements();

    await findBuildRecords(scene.db, { workspaceId: id });
    await findWorkspace(scene.db, id);

    expect(statements.length).toBeGreaterThan(0);
    expect(statements.filter((text) => text.includes("workspace_build_states"))).toEqual([]);
  });
});
