import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { grantFor } from "../access/testing/index.ts";
import { transaction, type Tx } from "../ground/database/index.ts";
import { cancelJob, cancelWaitingJobs } from "./cancel.ts";
import type { JobRow } from "./job-row.ts";
import { queuePositions } from "./queue-position.ts";
import {
  acquireJob,
  completeUntaken,
  endJob,
  failTakenAway,
  findJobs,
  renewJob,
  requeueJob,
  type Hold,
} from "./queue.ts";
import { QueueWorld } from "../testing/index.ts";

// What each statement of the queue asks of a job before it changes it: one thing at a time is otherwise, beside a job
// that is as it should be and that is not meant.

let scene: QueueWorld;

beforeAll(async () => {
  scene = await QueueWorld.create();
  await scene.worker();
});

afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});

async function inTransaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
  return await transaction(scene.ctx, scene.db, { name: "test" }, work);
}

/** A job that waits, changed as said. */
async function waiting(columns: object = {}): Promise<JobRow> {
  const { id } = await scene.post();
  if (Object.keys(columns).length > 0) {
    await scene.db.updateTable("provisioner_jobs").set(columns).where("id", "=", id).execute();
  }
  return await scene.job(id);
}

const at = new Date(0);
const lease = { worker_id: randomUUID(), started_at: at, lease_epoch: 1, lease_expires_at: at };
const held = (columns: object = {}) => waiting({ ...lease, ...columns });

const toUpdate = (id: string) => grantFor("provisioner_jobs:update", { id });

const writes: Readonly<Record<string, (tx: Tx, hold: Hold) => Promise<unknown>>> = {
  renewed: (tx, hold) => renewJob(tx, hold, scene.clock.now()),
  ended: (tx, hold) => endJob(tx, hold, { nowMs: scene.clock.now() }),
  "put back": (tx, hold) => requeueJob(tx, scene.pubsub, hold, scene.clock.now()),
};

describe.each(Object.keys(writes))("a job that is held is %s", (name) => {
  const write = async (jobId: string, epoch: number) =>
    await inTransaction(async (tx) => await writes[name]?.(tx, { granted: toUpdate(jobId), epoch }));

  test("by whoever holds it, and no other job is", async () => {
    const [job, other] = [await held(), await held()];

    expect(await write(job.id, 1)).toBeDefined();

    expect(await scene.job(job.id)).not.toEqual(job);
    expect(await scene.job(other.id)).toEqual(other);
  });

  test.for<[string, object, number]>([
    ["it has a later epoch", {}, 0],
    ["it has an earlier epoch", {}, 2],
    ["it waits again", { started_at: null, worker_id: null, lease_expires_at: null }, 1],
    ["it has ended", { completed_at: at, lease_expires_at: null }, 1],
    ...(name === "put back"
      ? [["it was asked to stop", { canceled_at: at }, 1] satisfies [string, object, number]]
      : []),
  ])("not when %s", async ([, columns, epoch]) => {
    const job = await held(columns);

    expect(await write(job.id, epoch)).toBeUndefined();

    expect(await scene.job(job.id)).toEqual(job);
  });
});

describe("a job that is failed over the head of whoever holds it", () => {
  const fail = async (jobId: string) =>
    await inTransaction((tx) => failTakenAway(tx, toUpdate(jobId), { nowMs: scene.clock.now(), error: "gone" }));

  test.for([
    ["is held", () => held()],
    ["waits", () => waiting()],
  ] as const)("has failed, under an epoch that nobody has; it is one that %s", async ([, make]) => {
    const [job, other] = [await make(), await make()];

    expect(await fail(job.id)).toMatchObject({
      id: job.id,
      job_status: "failed",
      lease_epoch: job.lease_epoch + 1,
      lease_expires_at: null,
    });

    expect(await scene.job(other.id)).toEqual(other);
  });

  test("keeps its end when it had ended", async () => {
    const job = await held({ completed_at: at, lease_expires_at: null });

    expect(await fail(job.id)).toBeUndefined();

    expect(await scene.job(job.id)).toEqual(job);
  });
});

describe("a job that has nothing left to do", () => {
  const complete = async (jobId: string) =>
    await inTransaction((tx) =>
      completeUntaken(tx, scene.pubsub, grantFor("template:update", {}), jobId, scene.clock.now()),
    );

  test("has succeeded, and no other has", async () => {
    const [job, other] = [await waiting(), await waiting()];

    expect(await complete(job.id)).toMatchObject({ id: job.id, job_status: "succeeded" });

    expect(await scene.job(other.id)).toEqual(other);
  });

  test.for([
    ["is held", () => held()],
    ["was canceled while it waited", () => waiting({ canceled_at: at, completed_at: at })],
  ] as const)("is no longer one that %s", async ([, make]) => {
    const job = await make();

    await expect(complete(job.id)).rejects.toThrow();

    expect(await scene.job(job.id)).toEqual(job);
  });
});

describe("of several jobs", () => {
  test("those are canceled that were asked for and wait", async () => {
    const wanted = [await waiting(), await waiting()];
    const rest = [
      await waiting({ started_at: at }),
      await waiting({ worker_id: randomUUID() }),
      await waiting({ canceled_at: at }),
      await waiting({ completed_at: at }),
    ];
    const other = await waiting();

    const ids = [...wanted, ...rest].map(({ id }) => id);
    const canceled = await inTransaction((tx) =>
      cancelWaitingJobs(tx, scene.pubsub, grantFor("template:update", {}), ids, scene.clock.now()),
    );

    expect(canceled.toSorted()).toEqual(wanted.map(({ id }) => id).toSorted());
    for (const job of [...rest, other]) expect(await scene.job(job.id)).toEqual(job);
  });

  test("one is asked to stop", async () => {
    const [job, other] = [await held(), await held()];

    await inTransaction((tx) =>
      cancelJob(tx, scene.pubsub, grantFor("template:update", {}), { jobId: job.id, nowMs: scene.clock.now() }),
    );

    expect((await scene.job(job.id)).job_status).toBe("canceling");
    expect(await scene.job(other.id)).toEqual(other);
  });

  test("those are found that were asked for", async () => {
    const [job] = [await waiting(), await waiting()];

    expect([...(await findJobs(scene.db, [job.id, randomUUID()])).keys()]).toEqual([job.id]);
  });

  test("those have places that were asked for and wait", async () => {
    const [job] = [await waiting(), await waiting()];
    const ended = await waiting({ completed_at: at });
    const ids = [job.id, ended.id];

    expect([...(await queuePositions(scene.db, ids, scene.clock.now())).keys()]).toEqual([job.id]);
  });
});

test("a daemon takes what it may run itself, whatever others might", async () => {
  const tags = { gpu: "1" };
  const other = await scene.worker(tags);
  const { id } = await scene.post({ tags });
  const plain = await scene.worker({ zone: "a" });

  const take = async (daemonId: string) =>
    await acquireJob(scene.db, grantFor("provisioner_jobs:update", {}), daemonId, scene.clock.now());

  expect(await take(plain.daemonId)).toBeUndefined();
  expect(await take(other.daemonId)).toMatchObject({ id });
  expect(await take(randomUUID())).toBeUndefined();
  // The one job alone was taken by it, and only by it.
  const rows = scene.db.selectFrom("provisioner_jobs").select("id").where("worker_id", "=", other.daemonId);
  expect(await rows.execute()).toEqual([{ id }]);
});
