import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { grantFor } from "../access/testing/index.ts";
import { transaction } from "../ground/database/index.ts";
import { importResult, QueueWorld, refusalOf, someoneWaitsForALock } from "../testing/index.ts";
import { cancelJob } from "./cancel.ts";
import { acquireJob } from "./queue.ts";

let scene: QueueWorld;

beforeEach(async () => {
  scene = await QueueWorld.create();
});

afterEach(async () => {
  await scene[Symbol.asyncDispose]();
});

async function cancel(jobId: string, expectStatus?: "pending" | "running") {
  return await transaction(scene.ctx, scene.db, { name: "test_cancel" }, (tx) =>
    cancelJob(tx, scene.pubsub, grantFor("template:update", {}), { jobId, expectStatus, nowMs: scene.clock.now() }),
  );
}

describe("a job that waits", () => {
  test("[builds 46] is canceled at once, and no worker takes it", async () => {
    const { id } = await scene.post();
    await scene.clock.advance(1_000);

    const now = new Date(scene.clock.now());
    expect(await cancel(id, "pending")).toMatchObject({ job_status: "canceled", canceled_at: now, completed_at: now });

    expect(scene.cancelled).toEqual([id]);
    expect(scene.logNews).toEqual([{ jobId: id, end_of_logs: true }]);
    expect(
      await acquireJob(
        scene.db,
        grantFor("provisioner_jobs:update", {}),
        (await scene.worker()).daemonId,
        scene.clock.now(),
      ),
    ).toBeUndefined();
  });

  test("is canceled at once after a worker gave it back, too", async () => {
    const job = await scene.taken();
    await scene.jobs.release(job);

    expect(await cancel(job.id)).toMatchObject({ job_status: "canceled" });
    expect(await scene.jobs.complete(job, importResult())).toBe("stale");
  });

  test("is canceled or taken, never both", async () => {
    const ids: string[] = [];
    for (let count = 0; count < 20; count++) ids.push((await scene.post()).id);

    const { daemonId } = await scene.worker();
    const [taken, canceled] = await Promise.all([
      Promise.all(
        ids.map(() => acquireJob(scene.db, grantFor("provisioner_jobs:update", {}), daemonId, scene.clock.now())),
      ),
      Promise.all(ids.map((id) => cancel(id))),
    ]);

    const held = new Set(taken.flatMap((job) => (job === undefined ? [] : [job.id])));
    for (const { id } of canceled) {
      expect((await scene.job(id)).job_status).toBe(held.has(id) ? "canceling" : "canceled");
    }
  });
});

describe("a job that runs", () => {
  test("since this very moment is not canceled under its worker's hands", async () => {
    const { id } = await scene.post();
    const { daemonId } = await scene.worker();

    const canceling = await transaction(scene.ctx, scene.db, { name: "test_take" }, async (tx) => {
      expect(await acquireJob(tx, grantFor("provisioner_jobs:update", {}), daemonId, scene.clock.now())).toMatchObject({
        id,
      });
      const asked = cancel(id);
      await someoneWaitsForALock(scene.db);
      return { asked };
    });

    expect(await canceling.asked).toMatchObject({ job_status: "canceling", worker_id: daemonId, completed_at: null });
  });

  test("is asked to stop; its worker keeps it and hears of it", async () => {
    const job = await scene.taken();

    expect(await cancel(job.id, "running")).toMatchObject({ job_status: "canceling", completed_at: null });

    expect(scene.cancelled).toEqual([job.id]);
    expect(scene.logNews).toEqual([]);
    expect(await scene.jobs.update(job, [])).toEqual({ outcome: "ok", canceled: true });
  });
});

describe("refused", () => {
  test("is a second time, with the first one's instant kept", async () => {
    const job = await scene.taken();
    const first = await cancel(job.id);
    await scene.clock.advance(1_000);

    expect(await refusalOf(cancel(job.id))).toMatchObject({ status: 400, code: "precondition_failed" });
    expect((await scene.job(job.id)).canceled_at).toEqual(first.canceled_at);
    expect(scene.cancelled).toEqual([job.id]);
  });

  test("is a job that has ended", async () => {
    const job = await scene.taken();
    await scene.jobs.complete(job, importResult());

    expect(await refusalOf(cancel(job.id))).toMatchObject({ status: 400, code: "precondition_failed" });
    expect(await scene.job(job.id)).toMatchObject({ job_status: "succeeded", canceled_at: null });
  });

  test("[builds 41] is a job in another state than the caller expects", async () => {
    const running = await scene.taken();
    const waiting = await scene.post();

    expect(await refusalOf(cancel(running.id, "pending"))).toMatchObject({ status: 412, code: "expectation_lost" });
    expect(await refusalOf(cancel(waiting.id, "running"))).toMatchObject({ status: 412, code: "expectation_lost" });
    expect([(await scene.job(running.id)).job_status, (await scene.job(waiting.id)).job_status]).toEqual([
      "running",
      "pending",
    ]);
  });

  test("is a job that is gone", async () => {
    expect(await refusalOf(cancel(randomUUID()))).toMatchObject({ status: 404, code: "not_found" });
  });
});
