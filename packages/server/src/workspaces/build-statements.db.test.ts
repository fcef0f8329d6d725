import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contextOfSystem, grantFor } from "../access/testing/index.ts";
import { transaction } from "../ground/database/index.ts";
import { findBuildState, sealState, storeBuildState } from "./build-state.ts";
import { createWorkspace } from "./create-workspace.ts";
import { findBuildOfKey, idempotencyKeyOf, rememberKey } from "./idempotency.ts";
import { findForBuild, lockForBuild } from "./lock-for-build.ts";
import { BuildingWorld, type TemplateFixture } from "../testing/index.ts";

let scene: BuildingWorld;
let template: TemplateFixture;
const ctx = contextOfSystem("provisioner daemon");
let names = 0;

beforeAll(async () => {
  scene = await BuildingWorld.create();
  template = await scene.createTemplate({ name: "this", parameters: [{ name: "size", defaultValue: "S" }] });
});

afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});

async function made(size = "S") {
  const workspace = await scene.createWorkspace(scene.ada, template, `w${++names}`, { size });
  await scene.work();
  return workspace;
}

describe("a workspace that is to be built", () => {
  test("is read with its own values", async () => {
    const [one] = [await made("M"), await made("L")];
    await scene.createTemplate({ name: "another" });

    expect(await findForBuild(scene.db, one.id)).toMatchObject({
      workspace: { id: one.id },
      previous: { number: 1, parameters: [{ name: "size", value: "M" }] },
      ownerName: "ada",
      template: { name: "this", active_version_id: template.versionId },
    });
    expect(await findForBuild(scene.db, randomUUID())).toBeUndefined();
  });

  test.for([
    ["is locked, and no other is", true],
    ["is not, to look at it", false],
  ] as const)("%s", async ([, isLocked]) => {
    const [one, other] = [await made(), await made()];
    const isFree = async (id: string) => {
      const rows = scene.db.selectFrom("workspaces").select("id").where("id", "=", id).forUpdate().skipLocked();
      return (await rows.execute()).length === 1;
    };

    await transaction(ctx, scene.db, { name: "test" }, async (tx) => {
      await (isLocked ? lockForBuild(tx, one.id) : findForBuild(tx, one.id));

      expect([await isFree(one.id), await isFree(other.id)]).toEqual([!isLocked, true]);
    });
  });
});

describe("an idempotency key", () => {
  const day = 24 * 3_600_000;
  const start = Date.UTC(2026, 0, 1);
  const key = (name: string) => {
    const found = idempotencyKeyOf(name, {});
    if (found === undefined) throw new Error("no key");
    return found;
  };
  const remember = async (workspaceId: string, name: string, made: { buildId: string; nowMs: number }) =>
    await transaction(ctx, scene.db, { name: "test" }, (tx) =>
      rememberKey(tx, grantFor("workspace:update", { id: workspaceId }), key(name), made),
    );
  const find = async (workspaceId: string, name: string, nowMs: number) =>
    await findBuildOfKey(scene.db, workspaceId, key(name), nowMs);
  const kept = async () =>
    (await scene.db.selectFrom("build_idempotency_keys").select("key").orderBy("key").execute()).map((row) => row.key);

  test("answers for a day, in its workspace", async () => {
    const [one, other] = [await made(), await made()];
    await remember(one.id, "k", { buildId: one.latest_build.id, nowMs: start });
    await remember(one.id, "l", { buildId: other.latest_build.id, nowMs: start });

    expect(await find(one.id, "k", start + day - 1)).toBe(one.latest_build.id);
    expect(await find(one.id, "l", start + day - 1)).toBe(other.latest_build.id);
    expect(await find(one.id, "k", start + day)).toBeUndefined();
    expect(await find(one.id, "m", start)).toBeUndefined();
    expect(await find(other.id, "k", start)).toBeUndefined();
  });

  test("is forgotten with the next one of its workspace, once it had its time", async () => {
    await scene.db.deleteFrom("build_idempotency_keys").execute();
    const [one, other] = [await made(), await made()];
    const buildId = one.latest_build.id;
    await remember(one.id, "old", { buildId, nowMs: start });
    await remember(one.id, "young", { buildId, nowMs: start + 1 });
    await remember(other.id, "theirs", { buildId, nowMs: start });

    await remember(one.id, "new", { buildId, nowMs: start + day });
    expect(await kept()).toEqual(["new", "theirs", "young"]);
    await remember(other.id, "theirs", { buildId: other.latest_build.id, nowMs: start + 2 * day });

    expect(await find(other.id, "theirs", start + 2 * day)).toBe(other.latest_build.id);
  });
});

test("a build begins with what the latest before it left, of its own workspace", async () => {
  const [one, other] = [await made(), await made()];
  const builds = scene.db.selectFrom("workspace_builds").selectAll().where("workspace_id", "=", one.id);
  const first = await builds.executeTakeFirstOrThrow();
  const ids = new Map([[1, first.id]]);
  for (const build_number of [4, 3, 2]) {
    const jobs = scene.db.selectFrom("provisioner_jobs").selectAll().where("id", "=", first.job_id);
    const { job_status: _, ...job } = await jobs.executeTakeFirstOrThrow();
    const again = { ...job, id: randomUUID(), input: "{}", tags: "{}" };
    await scene.db.insertInto("provisioner_jobs").values(again).execute();
    const row = { ...first, id: randomUUID(), job_id: again.id, build_number };
    await scene.db.insertInto("workspace_builds").values(row).execute();
    ids.set(build_number, row.id);
  }
  await transaction(ctx, scene.db, { name: "test" }, async (tx) => {
    const store = async (id: string, text: string) =>
      await storeBuildState(tx, grantFor("workspace:update", {}), id, sealState(scene.sealKey, id, Buffer.from(text)));
    for (const number of [4, 2, 1]) await store(ids.get(number) ?? "", `left by ${number}`);
    await store(other.latest_build.id, "theirs");
  });
  const stateOf = async (id: string) =>
    Buffer.from(
      (await findBuildState(scene.db, grantFor("template:update", { id: randomUUID() }), scene.sealKey, id)) ?? [],
    ).toString();

  const states: string[] = [];
  for (const number of [1, 2, 3, 4]) states.push(await stateOf(ids.get(number) ?? ""));

  expect(states).toEqual(["left by 1", "left by 2", "left by 2", "left by 4"]);
  expect(await stateOf(other.latest_build.id)).toBe("theirs");
  expect(await stateOf(randomUUID())).toBe("");
});

test("the end of a build moves the next start of its own workspace, and its own deadline", async () => {
  const autostart_schedule = "CRON_TZ=UTC 0 8 * * *";
  const body = { template_id: template.id, autostart_schedule, ttl_ms: 3_600_000 };
  const create = async () =>
    (await createWorkspace(scene.ada.ctx, scene.deps(), scene.ada, { ...body, name: `w${++names}` })).workspace;
  const [one, other] = [await create(), await create()];
  const far = new Date(Date.UTC(9999, 0, 1));
  await scene.db.updateTable("workspaces").set({ next_start_at: far }).execute();

  const job = await scene.work();

  expect(job.workspace.id).toBe(one.id);
  const rows = await scene.db
    .selectFrom("workspaces as w")
    .innerJoin("workspace_builds as b", "b.workspace_id", "w.id")
    .select(["w.id", "w.next_start_at", "b.deadline"])
    .where("w.id", "in", [one.id, other.id])
    .execute();
  expect(rows.find(({ id }) => id === other.id)).toMatchObject({ next_start_at: far, deadline: null });
  const own = rows.find(({ id }) => id === one.id);
  expect(own?.next_start_at?.getUTCHours()).toBe(8);
  expect(own?.deadline).toBeInstanceOf(Date);
  await scene.work();
});
