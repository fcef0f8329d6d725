import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { transaction } from "../ground/database/index.ts";
import { SealError } from "../identity/index.ts";
import { grantFor } from "../access/testing/index.ts";
import { findBuildState, maxStateBytes, sealOldState, sealState, storeBuildState } from "./build-state.ts";
import { createBuild } from "./create-build.ts";
import { BuildingWorld, buildResult, someoneWaitsForALock } from "../testing/index.ts";

let scene: BuildingWorld;
beforeAll(async () => {
  scene = await BuildingWorld.create();
});
afterAll(() => scene[Symbol.asyncDispose]());

const mebibyte = 1024 * 1024;
let count = 0;

/** A workspace that runs; its first build left this. */
async function built(state: Uint8Array): Promise<{ workspaceId: string; buildId: string }> {
  const template = await scene.createTemplate();
  const { id: workspaceId } = await scene.createWorkspace(scene.ada, template, `dev-${count++}`);
  const job = await scene.work({ state });
  return { workspaceId, buildId: job.buildId };
}

const read = (buildId: string) =>
  findBuildState(scene.db, grantFor("template:update", { id: randomUUID() }), scene.sealKey, buildId);

async function pieces(buildId: string): Promise<number[]> {
  const rows = await scene.db
    .selectFrom("workspace_build_states")
    .select("sealed")
    .where("build_id", "=", buildId)
    .orderBy("position")
    .execute();
  return rows.map(({ sealed }) => sealed.length);
}

describe("a state of 20 MiB", () => {
  const large = randomBytes(20 * mebibyte);

  test("comes back as it was, from rows of a mebibyte each", async () => {
    const { workspaceId, buildId } = await built(large);

    expect(Buffer.compare(Buffer.from((await read(buildId)) ?? []), large)).toBe(0);
    const lengths = await pieces(buildId);
    expect(lengths).toHaveLength(20);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(mebibyte + 28);

    // The next build begins with it.
    await createBuild(scene.ada.ctx, scene.deps(), workspaceId, { transition: "stop" });
    const job = await scene.acquire();
    expect(job.state?.length).toBe(large.length);
    await scene.jobs.fail(job, { error: "stopped", errorCode: "", state: undefined });
  });

  test("that a smaller one follows leaves nothing behind", async () => {
    const { buildId } = await built(large);

    const small = sealState(scene.sealKey, buildId, Buffer.from("small"));
    await transaction(scene.admin.ctx, scene.db, { name: "test" }, (tx) =>
      storeBuildState(tx, grantFor("workspace:update", {}), buildId, small),
    );

    expect(Buffer.from((await read(buildId)) ?? []).toString()).toBe("small");
    expect(await pieces(buildId)).toHaveLength(1);
  });

  test("a piece of which is lost does not open", async () => {
    const { buildId } = await built(large);
    await scene.db
      .deleteFrom("workspace_build_states")
      .where("build_id", "=", buildId)
      .where("position", "=", 19)
      .execute();

    await expect(read(buildId)).rejects.toThrow(SealError);
  });
});

test("a state that was moved to another build does not open, and that build's job says why", async () => {
  const one = await built(Buffer.from("of one"));
  const two = await built(Buffer.from("of two"));
  const { sealed } = await scene.db
    .selectFrom("workspace_build_states")
    .select("sealed")
    .where("build_id", "=", one.buildId)
    .executeTakeFirstOrThrow();
  await scene.db.updateTable("workspace_build_states").set({ sealed }).where("build_id", "=", two.buildId).execute();

  await createBuild(scene.ada.ctx, scene.deps(), two.workspaceId, { transition: "stop" });
  await createBuild(scene.ada.ctx, scene.deps(), one.workspaceId, { transition: "stop" });

  // The worker is given the next one.
  expect((await scene.work()).workspace.id).toBe(one.workspaceId);
  const job = await jobOf(two.workspaceId);
  expect(job.error).toContain(`state of build ${two.buildId}`);
  expect(job.error).toContain("Restore it together with the table deployment_keys");
});

async function jobOf(workspaceId: string) {
  return await scene.db
    .selectFrom("workspace_builds as b")
    .innerJoin("provisioner_jobs as j", "j.id", "b.job_id")
    .selectAll("j")
    .where("b.workspace_id", "=", workspaceId)
    .orderBy("b.build_number", "desc")
    .executeTakeFirstOrThrow();
}

describe("of two that store a state of one build at once", () => {
  const [first, second] = [randomBytes(3 * mebibyte), randomBytes(2 * mebibyte)];

  /** Stores the first state, and goes no further until `other` waits for it. */
  async function race(buildId: string, other: () => Promise<unknown>): Promise<void> {
    let ended: Promise<unknown> | undefined;
    await store(buildId, first, async () => {
      ended = other();
      await Promise.race([someoneWaitsForALock(scene.db), ended]);
    });
    await ended;
  }

  const store = (buildId: string, state: Uint8Array, then?: () => Promise<void>) =>
    transaction(scene.admin.ctx, scene.db, { name: "test" }, async (tx) => {
      await storeBuildState(tx, grantFor("workspace:update", {}), buildId, sealState(scene.sealKey, buildId, state));
      await then?.();
    });

  async function expectSecond(buildId: string): Promise<void> {
    expect(await pieces(buildId)).toHaveLength(2);
    expect(Buffer.compare(Buffer.from((await read(buildId)) ?? []), second)).toBe(0);
  }

  test("the later one's is there, whole", async () => {
    const { buildId } = await built(Buffer.from("before"));

    await race(buildId, () => store(buildId, second));

    await expectSecond(buildId);
  });

  test("the build's end that came later is", async () => {
    const { workspaceId } = await built(Buffer.from("before"));
    await createBuild(scene.ada.ctx, scene.deps(), workspaceId, { transition: "stop" });
    const job = await scene.acquire();

    await race(job.buildId, () => scene.jobs.complete(job, buildResult(job, { state: second })));

    await expectSecond(job.buildId);
  });
});

describe("a state over the limit", () => {
  const tooLarge = new Uint8Array(maxStateBytes + 1).fill(7);

  test("that an engine hands back fails its build with what to do, and is kept: its infrastructure stands", async () => {
    const { workspaceId } = await built(Buffer.from("before"));
    await createBuild(scene.ada.ctx, scene.deps(), workspaceId, { transition: "start" });

    const job = await scene.work({ state: tooLarge });

    expect(await jobOf(workspaceId)).toMatchObject({
      job_status: "failed",
      error: expect.stringContaining("33 MiB, more than the 32 MiB that a workspace may have") as string,
    });
    expect(Buffer.compare(Buffer.from((await read(job.buildId)) ?? []), tooLarge)).toBe(0);
  });

  test("that a failed build left is kept", async () => {
    const { workspaceId } = await built(Buffer.from("before"));
    await createBuild(scene.ada.ctx, scene.deps(), workspaceId, { transition: "start" });
    const job = await scene.acquire();

    await scene.jobs.fail(job, { error: "the quota of the cloud", errorCode: "", state: tooLarge });

    expect(await jobOf(workspaceId)).toMatchObject({ job_status: "failed", error: "the quota of the cloud" });
    expect((await read(job.buildId))?.length).toBe(tooLarge.length);
  });

  test("that an earlier release stored is sealed", async () => {
    const { buildId } = await built(Buffer.from("before"));

    await transaction(scene.admin.ctx, scene.db, { name: "test" }, (tx) =>
      sealOldState(scene.sealKey)(tx, buildId, Buffer.from(tooLarge)),
    );

    expect(Buffer.compare(Buffer.from((await read(buildId)) ?? []), tooLarge)).toBe(0);
  });

  test("that somebody gives is refused with the limit, and nothing is made", async () => {
    const { workspaceId } = await built(Buffer.from("before"));
    const state = Buffer.from(tooLarge).toString("base64");

    await expect(
      createBuild(scene.admin.ctx, scene.deps(), workspaceId, { transition: "stop", state }),
    ).rejects.toMatchObject({ code: "too_large", message: expect.stringContaining("32 MiB") as string });

    expect(await jobOf(workspaceId)).toMatchObject({ job_status: "succeeded" });
  });
});
