import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { grantFor } from "../access/testing/index.ts";
import { transaction } from "../ground/database/index.ts";
import { jobPriority, type JobRow } from "./job-row.ts";
import { anywhere } from "./placement.ts";
import { acquireJob, insertJob, lockJob, requeueJob, type NewJob } from "./queue.ts";
import { QueueWorld } from "../testing/index.ts";
import { leaseMs } from "./timing.ts";

let scene: QueueWorld;

beforeEach(async () => {
  scene = await QueueWorld.create();
});

afterEach(async () => {
  await scene[Symbol.asyncDispose]();
});

async function take(tags: Readonly<Record<string, string>> = {}, daemonId = randomUUID()): Promise<JobRow | undefined> {
  await scene.worker(tags, { daemonId });
  return await acquireJob(scene.db, grantFor("provisioner_jobs:update", {}), daemonId, scene.clock.now());
}

test("a job that is taken is held to its worker's host only where its engine keeps workspaces there", async () => {
  const hostId = randomUUID();
  const hosts: unknown[] = [];
  for (const [engine, livesOnHost] of [
    ["process", true],
    ["docker", false],
  ] as const) {
    const worker = await scene.worker({}, { hostId, engines: { [engine]: { livesOnHost } } });
    const { id } = await scene.post({ requires: { engine } });
    const job = await acquireJob(scene.db, grantFor("provisioner_jobs:update", {}), worker.daemonId, scene.clock.now());
    expect(job?.id).toBe(id);
    hosts.push(job?.worker_host_id);
  }

  expect(hosts).toEqual([hostId, null]);
});

describe("what is taken first", () => {
  test("[builds 47] claims, then humans' jobs, then the pool's, each by age", async () => {
    const { claim, human, pool } = jobPriority;
    // Without the index that happens to have the right order.
    await scene.database.pool.query("drop index provisioner_jobs_queue_idx");
    const posted: JobRow[] = [];
    for (const [priority, ageMs] of [
      [pool, 60_000],
      [human, 20_000],
      [claim, 10_000],
      [pool, 70_000],
      [human, 50_000],
      [claim, 30_000],
    ] as const) {
      posted.push(await scene.post({ priority, ageMs }));
    }

    const order: (string | undefined)[] = [];
    for (let count = 0; count < posted.length; count++) order.push((await take())?.id);

    expect(order).toEqual([5, 2, 4, 1, 3, 0].map((index) => posted[index]?.id));
    expect(await take()).toBeUndefined();
  });

  test("a job that somebody else has locked is passed over, not waited for", async () => {
    const first = await scene.post({ ageMs: 1_000 });
    const second = await scene.post();

    const taken = await transaction(scene.ctx, scene.db, { name: "test" }, async (tx) => {
      await lockJob(tx, first.id);
      return [await take(), await take()];
    });

    expect(taken.map((job) => job?.id)).toEqual([second.id, undefined]);
    expect((await take())?.id).toBe(first.id);
  });

  test("sixty workers at once take thirty jobs, each exactly once", async () => {
    const posted: string[] = [];
    for (let count = 0; count < 30; count++) posted.push((await scene.post()).id);
    const daemons = Array.from({ length: 60 }, () => randomUUID());

    const taken = await Promise.all(daemons.map(async (daemonId) => [daemonId, await take({}, daemonId)] as const));

    const hits = taken.flatMap(([daemonId, job]) => (job === undefined ? [] : [{ daemonId, job }]));
    expect(hits.map(({ job }) => job.id).toSorted()).toEqual(posted.toSorted());
    for (const { daemonId, job } of hits) expect(job).toMatchObject({ worker_id: daemonId, lease_epoch: 1 });
  });
});

describe("who may take it", () => {
  const user = (owner: string) => ({ scope: "user", owner });

  test.for<[string, Record<string, string>, Record<string, string>, boolean]>([
    ["an untagged job, an untagged worker", {}, {}, true],
    ["[builds 48] an untagged job, a worker with a tag more", {}, { gpu: "1" }, false],
    ["[builds 49] a job whose tags are among the worker's", { gpu: "1" }, { gpu: "1", zone: "a" }, true],
    ["the very same tags", { gpu: "1" }, { gpu: "1" }, true],
    ["a job that needs more", { gpu: "1", zone: "a" }, { gpu: "1" }, false],
    ["another value", { gpu: "1" }, { gpu: "2" }, false],
    ["a tagged job, an untagged worker", { gpu: "1" }, {}, false],
    ["a user's job, that user's worker", user("a"), user("a"), true],
    ["[builds 50] a user's job, another user's worker", user("a"), user("b"), false],
    ["a user's job, the organization's worker", user("a"), {}, false],
    ["the organization's job, a user's worker", {}, user("a"), false],
  ])("%s", async ([, jobTags, workerTags, expected]) => {
    const job = await scene.post({ tags: jobTags });

    expect((await take(workerTags))?.id).toBe(expected ? job.id : undefined);
  });

  test("a job that this worker cannot run does not hide the next one", async () => {
    await scene.post({ tags: { gpu: "1" }, ageMs: 1_000 });
    const plain = await scene.post();

    expect((await take())?.id).toBe(plain.id);
  });
});

describe("a job that was taken", () => {
  test("is its worker's for a lease, under the next epoch, and counts an attempt", async () => {
    const posted = await scene.post();
    const [first, second] = [randomUUID(), randomUUID()];
    expect(posted).toMatchObject({ job_status: "pending", lease_epoch: 0, attempts: 0, lease_expires_at: null });

    const taken = await take({}, first);

    const now = new Date(scene.clock.now());
    expect(taken).toMatchObject({
      job_status: "running",
      worker_id: first,
      started_at: now,
      updated_at: now,
      lease_expires_at: new Date(scene.clock.now() + leaseMs),
      lease_epoch: 1,
      attempts: 1,
    });
    await scene.clock.advance(5_000);
    const hold = { granted: grantFor("provisioner_jobs:update", { id: posted.id }), epoch: 1 };
    expect(
      await transaction(scene.ctx, scene.db, { name: "test" }, (tx) =>
        requeueJob(tx, scene.pubsub, hold, scene.clock.now()),
      ),
    ).toMatchObject({ id: posted.id });
    expect(await scene.job(posted.id)).toMatchObject({
      job_status: "pending",
      worker_id: null,
      worker_name: null,
      worker_host_id: null,
      lease_expires_at: null,
      attempts: 1,
    });
    expect(await take({}, second)).toMatchObject({
      worker_id: second,
      lease_expires_at: new Date(scene.clock.now() + leaseMs),
      lease_epoch: 2,
      attempts: 2,
    });
  });

  test("is taken by nobody else", async () => {
    const job = await scene.post();

    expect([(await take())?.id, await take()]).toEqual([job.id, undefined]);
  });
});

describe("a job that waits for nobody", () => {
  test.for(["completed_at", "canceled_at"] as const)("because of its %s is not taken", async (column) => {
    const job = await scene.post();
    const ended = { [column]: new Date(scene.clock.now()) };
    await scene.db.updateTable("provisioner_jobs").set(ended).where("id", "=", job.id).execute();

    expect(await take()).toBeUndefined();
  });
});

describe("the posting", () => {
  test("[builds 56] is heard only once the job can be seen", async () => {
    const seen: Promise<JobRow | undefined>[] = [];
    const id = Promise.withResolvers<string>();
    using _heard = scene.pubsub.subscribe("provisioner_job_posted", scene.organizationId, {
      onMessage: () => seen.push(id.promise.then((posted) => scene.job(posted))),
      onDropped: () => undefined,
    });

    await transaction(scene.ctx, scene.db, { name: "test" }, async (tx) => {
      const job = await insertJob(
        tx,
        scene.pubsub,
        grantFor("template:update", {}),
        scene.newJob({ tags: { gpu: "1" } }),
      );
      expect(scene.posted).toEqual([]);
      id.resolve(job.id);
    });

    expect(scene.posted).toEqual([{ ...anywhere, tags: { scope: "organization", owner: "", gpu: "1" } }]);
    expect((await Promise.all(seen)).map((job) => job?.id)).toEqual([await id.promise]);
  });

  test("is not heard when the job is not kept", async () => {
    const failing = transaction(scene.ctx, scene.db, { name: "test" }, async (tx) => {
      await insertJob(tx, scene.pubsub, grantFor("template:update", {}), scene.newJob());
      throw new Error("on second thoughts");
    });

    await expect(failing).rejects.toThrow("on second thoughts");
    expect(scene.posted).toEqual([]);
    expect(await take()).toBeUndefined();
  });
});

test("a job that does not say what its kind says is not queued", async () => {
  const spoilt = { ...scene.newJob(), input: { template_version_id: 7 } } as unknown as NewJob;
  const before = (await scene.db.selectFrom("provisioner_jobs").select("id").execute()).length;

  const queued = transaction(scene.ctx, scene.db, { name: "test" }, (tx) =>
    insertJob(tx, scene.pubsub, grantFor("template:update", {}), spoilt),
  );

  await expect(queued).rejects.toThrow("template_version_id");
  expect(await scene.db.selectFrom("provisioner_jobs").select("id").execute()).toHaveLength(before);
});
