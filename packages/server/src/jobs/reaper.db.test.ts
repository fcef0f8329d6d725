import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { silentLogger } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import type { AcquiredJob, WorkerIdentity } from "@hearth/provisioner";
import { contextOfSystem, grantFor } from "../access/testing/index.ts";
import { transaction } from "../ground/database/index.ts";
import { createBuild } from "../workspaces/index.ts";
import { BuildingWorld, importResult, line, QueueWorld } from "../testing/index.ts";
import { cancelJob } from "./cancel.ts";
import { findJobs, lockJob } from "./queue.ts";
import { freePredecessorJobs, reapLostJobs, runReaper, type ReaperDeps } from "./reaper.ts";
import { daemonStaleMs, leaseMs, maxAttempts, pendingAfterMs, reapedPerPass } from "./timing.ts";

let scene: QueueWorld;

beforeEach(async () => {
  scene = await QueueWorld.create();
});

afterEach(async () => {
  await scene[Symbol.asyncDispose]();
});

/** The first pass of each of the reaper's loops, which are ended after it. */
async function reap(deps: ReaperDeps & { clock: FakeClock } = scene.deps): Promise<void> {
  const stop = new AbortController();
  const running = runReaper(deps, stop.signal);
  await Promise.all(["lost-jobs", "unrunnable-jobs"].map((loop) => deps.clock.asleep(loop)));
  stop.abort();
  await running;
}

const never = new AbortController().signal;

/** Takes the job again after each loss, until this is the last attempt that it has. */
async function lastAttempt(worker: WorkerIdentity): Promise<AcquiredJob> {
  let job = await scene.taken(worker);
  for (let attempt = 1; attempt < maxAttempts; attempt++) {
    await scene.clock.advance(leaseMs + 1);
    await reap();
    job = await scene.jobs.acquire(worker, never);
  }
  return job;
}

async function cancel(jobId: string): Promise<void> {
  await transaction(scene.ctx, scene.db, { name: "test_cancel" }, (tx) =>
    cancelJob(tx, scene.pubsub, grantFor("template:update", {}), { jobId, nowMs: scene.clock.now() }),
  );
}

async function statusOf(jobId: string): Promise<string> {
  return (await scene.job(jobId)).job_status;
}

describe("a job whose worker is silent", () => {
  test("is left alone while its lease lasts, and goes back to the queue when it has ended", async () => {
    const job = await scene.taken();
    await scene.clock.advance(leaseMs);
    await reap();
    expect(await scene.job(job.id)).toMatchObject({ job_status: "running", attempts: 1 });

    await scene.clock.advance(1);
    await reap();

    expect(await scene.job(job.id)).toMatchObject({
      job_status: "pending",
      attempts: 1,
      worker_id: null,
      lease_expires_at: null,
    });
    expect(scene.posted).toHaveLength(2);
    expect(scene.changes.map(({ job_status }) => job_status)).toEqual(["running", "pending"]);
    expect(await scene.noteOf(job.id)).toBeUndefined();
  });

  test("is left alone as long as its worker speaks", async () => {
    const job = await scene.taken();
    for (let ms = 0; ms < 10 * leaseMs; ms += leaseMs) {
      await scene.clock.advance(leaseMs);
      expect(await scene.jobs.update(job, [])).toMatchObject({ outcome: "ok" });
      await reap();
    }

    expect(await scene.job(job.id)).toMatchObject({ job_status: "running", attempts: 1, lease_epoch: 1 });
  });

  test("goes on at another worker, and what the first one says then is not heard", async () => {
    const slow = await scene.taken();
    await scene.clock.advance(leaseMs + 1);
    await reap();
    expect(await scene.jobs.complete(slow, importResult())).toBe("stale");

    const job = await scene.jobs.acquire(await scene.worker(), never);

    expect([job.id, job.epoch]).toEqual([slow.id, 2]);
    expect(await scene.jobs.complete(slow, importResult())).toBe("stale");
    expect(await scene.jobs.complete(job, importResult())).toBe("ok");
  });

  test("fails when that was its last attempt, with all that a failure does", async () => {
    const job = await lastAttempt(await scene.worker());
    expect(job.epoch).toBe(maxAttempts);
    await scene.clock.advance(leaseMs + 1);
    await reap();

    const row = await scene.job(job.id);
    expect(row).toMatchObject({ job_status: "failed", attempts: maxAttempts, lease_expires_at: null });
    expect(row.error).toBe(
      "The worker that ran this job disappeared. It was tried 3 times; start it again when the cause is found.",
    );
    expect(await scene.noteOf(job.id)).toEqual({ how: "failed", error: row.error });
    expect(await scene.outputs(job.id)).toEqual([row.error]);
    expect(scene.logNews.at(-1)).toEqual({ jobId: job.id, end_of_logs: true });
  });

  test("[builds 45] and was failed for it stays failed, whatever its slow worker says", async () => {
    const job = await lastAttempt(await scene.worker());
    await scene.clock.advance(leaseMs + 1);
    await reap();
    const before = await scene.job(job.id);

    expect(await scene.jobs.update(job, [line("still here")])).toEqual({ outcome: "stale", canceled: false });
    expect(await scene.jobs.complete(job, importResult(), [line("done")])).toBe("stale");

    expect(before.job_status).toBe("failed");
    expect(await scene.job(job.id)).toEqual(before);
    expect(await scene.noteOf(job.id)).toMatchObject({ how: "failed" });
  });

  test("fails at once when somebody had asked it to stop", async () => {
    const job = await scene.taken();
    await cancel(job.id);
    await scene.clock.advance(leaseMs + 1);
    await reap();

    expect(await scene.job(job.id)).toMatchObject({
      job_status: "failed",
      attempts: 1,
      error: "The worker that ran this job disappeared. It had been asked to stop.",
    });
    expect(await scene.noteOf(job.id)).toMatchObject({ how: "failed" });
  });

  test("[builds 82] is left to a later pass while another replica has it locked; others are not held up", async () => {
    const locked = await scene.taken();
    const free = await scene.taken();
    await scene.clock.advance(leaseMs + 1);

    await transaction(scene.ctx, scene.db, { name: "test" }, async (tx) => {
      await lockJob(tx, locked.id);
      await reap();
    });
    expect([await statusOf(locked.id), await statusOf(free.id)]).toEqual(["running", "pending"]);
    expect(scene.log.lines.filter(({ level }) => level === "error")).toEqual([]);
    await reap();

    expect(await statusOf(locked.id)).toBe("pending");
  });

  test("and cannot be ended holds up no other, and is tried again", async () => {
    const broken = await scene.taken();
    await cancel(broken.id);
    const sound = await scene.taken();
    await cancel(sound.id);
    await scene.clock.advance(leaseMs + 1);
    scene.trouble.fail = ({ id }) => {
      if (id === broken.id) throw new Error("its workspace is gone");
    };

    await reap();

    expect([await statusOf(broken.id), await statusOf(sound.id)]).toEqual(["canceling", "failed"]);
    expect(await scene.noteOf(broken.id)).toBeUndefined();
    expect(scene.log.lines).toContainEqual(
      expect.objectContaining({ level: "error", fields: expect.objectContaining({ jobId: broken.id }) }),
    );
    scene.trouble.fail = undefined;
    await reap();
    expect(await statusOf(broken.id)).toBe("failed");
  });

  test("and fails each time does not keep the others waiting", async () => {
    const broken: string[] = [];
    for (let count = 0; count < reapedPerPass; count++) {
      const job = await scene.taken();
      await cancel(job.id);
      broken.push(job.id);
    }
    await scene.clock.advance(1);
    const sound = await scene.taken();
    await scene.clock.advance(leaseMs + 1);
    scene.trouble.fail = () => {
      throw new Error("its workspace is gone");
    };

    // Each pass leaves out one of eleven, any of them.
    for (let pass = 0; pass < 10; pass++) await reap();

    expect(await statusOf(sound.id)).toBe("pending");
    expect(await Promise.all(broken.map(statusOf))).toEqual(broken.map(() => "canceling"));
  });

  test("waits for the next pass when there are many", async () => {
    const jobs: string[] = [];
    for (let count = 0; count < reapedPerPass + 2; count++) jobs.push((await scene.taken()).id);
    await scene.clock.advance(leaseMs + 1);
    const waiting = async () => (await Promise.all(jobs.map(statusOf))).filter((status) => status === "pending").length;

    await reap();
    expect(await waiting()).toBe(reapedPerPass);
    await reap();

    expect(await waiting()).toBe(jobs.length);
  });
});

describe("a job that waits", () => {
  test("[builds 80] has time while a worker that could run it lives, however busy that is", async () => {
    const worker = await scene.worker();
    const busyWith = await scene.taken(worker);
    const job = await scene.post();
    await scene.clock.advance(pendingAfterMs + 60_000);
    await scene.jobs.update(busyWith, []);
    await scene.db
      .updateTable("provisioner_daemons")
      .set({ last_seen_at: new Date(scene.clock.now() - daemonStaleMs + 1) })
      .where("id", "=", worker.daemonId)
      .execute();

    await reap();

    expect([await statusOf(busyWith.id), await statusOf(job.id)]).toEqual(["running", "pending"]);
  });

  test("[builds 81] fails after half an hour when nobody can run it, and says which tags a worker would need", async () => {
    const job = await scene.post({ tags: { gpu: "1", zone: "a" } });
    await scene.clock.advance(pendingAfterMs);
    await scene.worker(); // lives, and has no tags
    await reap();
    expect(await statusOf(job.id)).toBe("pending");

    await scene.clock.advance(1);
    await reap();

    const row = await scene.job(job.id);
    expect(row).toMatchObject({ job_status: "failed", started_at: new Date(scene.clock.now()) });
    expect(row.error).toMatch(/^There is no provisioner with the tags .*: start one\. It was waited for 30 minutes\.$/);
    for (const tag of ["gpu=1", "zone=a"]) expect(row.error).toContain(tag);
    expect(await scene.noteOf(job.id)).toEqual({ how: "failed", error: row.error });
    expect(await scene.outputs(job.id)).toEqual([row.error]);
    expect(scene.logNews.at(-1)).toEqual({ jobId: job.id, end_of_logs: true });
  });

  test("is another than one that runs, which a silent half hour does not fail", async () => {
    const job = await scene.taken();
    await scene.clock.advance(pendingAfterMs + 1);
    const lease = { lease_expires_at: new Date(scene.clock.now() + 1) };
    await scene.db.updateTable("provisioner_jobs").set(lease).where("id", "=", job.id).execute();

    await reap();

    expect(await scene.job(job.id)).toMatchObject({ job_status: "running", lease_epoch: 1 });
  });

  test.for<[string, Record<string, string>, Record<string, string>]>([
    ["untagged, and every worker has tags", {}, { gpu: "1" }],
    ["and the only worker that could run it is gone", {}, {}],
  ])("is one that nobody can run when it is %s", async ([, jobTags, workerTags]) => {
    await scene.worker(workerTags);
    const job = await scene.post({ tags: jobTags });
    await scene.clock.advance(pendingAfterMs + 1);
    await scene.db
      .updateTable("provisioner_daemons")
      .set({ last_seen_at: new Date(scene.clock.now() - ("gpu" in workerTags ? 0 : daemonStaleMs)) })
      .execute();

    await reap();

    expect(await statusOf(job.id)).toBe("failed");
  });
});

describe("the jobs of a server that stopped", () => {
  test("go back to the queue at once, its own only", async () => {
    const [own, another] = [await scene.worker(), await scene.worker()];
    const jobs = [await scene.taken(own), await scene.taken(another)];
    const ended = await scene.taken(own);
    await scene.jobs.complete(ended, importResult());

    expect(await freePredecessorJobs(scene.ctx, scene.deps, [own.daemonId])).toBe(1);

    expect(await Promise.all(jobs.map(({ id }) => statusOf(id)))).toEqual(["pending", "running"]);
    expect(await statusOf(ended.id)).toBe("succeeded");
    expect(await scene.jobs.acquire(own, never)).toMatchObject({ id: jobs[0]?.id, epoch: 2 });
  });

  test("fail when they have used up their attempts, or were asked to stop", async () => {
    const worker = await scene.worker();
    const tried = await lastAttempt(worker);
    const canceled = await scene.taken(worker);
    await cancel(canceled.id);

    expect(await freePredecessorJobs(scene.ctx, scene.deps, [worker.daemonId])).toBe(2);

    expect((await scene.job(tried.id)).error).toContain("The server stopped while this job ran. It was tried 3 times");
    expect((await scene.job(canceled.id)).error).toBe(
      "The server stopped while this job ran. It had been asked to stop.",
    );
  });

  test("that cannot be ended do not keep the next one from starting", async () => {
    const worker = await scene.worker();
    const broken = await scene.taken(worker);
    await cancel(broken.id);
    const sound = await scene.taken(worker);
    scene.trouble.fail = () => {
      throw new Error("its workspace is gone");
    };

    expect(await freePredecessorJobs(scene.ctx, scene.deps, [worker.daemonId])).toBe(1);

    expect([await statusOf(broken.id), await statusOf(sound.id)]).toEqual(["canceling", "pending"]);
  });

  test("without workers there are none", async () => {
    const job = await scene.taken();

    expect(await freePredecessorJobs(scene.ctx, scene.deps, [])).toBe(0);
    expect(await statusOf(job.id)).toBe("running");
  });
});

describe("the reaper", () => {
  test("looks again by itself, and ends when it is told to", async () => {
    const job = await scene.taken();
    const stop = new AbortController();
    const running = runReaper(scene.deps, stop.signal);
    await scene.clock.asleep("lost-jobs");
    const lost = Promise.withResolvers<void>();
    using _heard = scene.pubsub.subscribe("provisioner_job_posted", "*", {
      onMessage: () => lost.resolve(),
      onDropped: () => undefined,
    });

    await scene.clock.advance(leaseMs + 1);
    await scene.clock.asleep("lost-jobs");
    await scene.clock.advance(11_000); // a pass each 10 s, a tenth more or less
    await lost.promise;

    expect(await statusOf(job.id)).toBe("pending");
    stop.abort();
    await running;
    expect(scene.clock.pending().filter(({ tag }) => tag !== "acquire-poll")).toEqual([]);
  });
});

test("[builds 78] a build whose worker is gone for good fails as any other: state kept, watchers told", async () => {
  const clock = new FakeClock();
  await using workspaces = await BuildingWorld.create({ clock });
  const { db, kinds, pubsub } = workspaces;
  const template = await workspaces.createTemplate();
  const { id } = await workspaces.createWorkspace(workspaces.ada, template, "dev");
  await workspaces.work({ state: Buffer.from("running there") });
  await createBuild(workspaces.ada.ctx, workspaces.deps(), id, { transition: "stop" });
  const build = await workspaces.acquire();
  await db.updateTable("provisioner_jobs").set({ attempts: maxAttempts }).where("id", "=", build.id).execute();
  await clock.advance(5 * 60_000 + 1_000);
  const heard = workspaces.events.length;

  await reap({ db, pubsub, clock, log: silentLogger, kinds });

  const job = await db.selectFrom("provisioner_jobs").selectAll().where("id", "=", build.id).executeTakeFirstOrThrow();
  expect(job).toMatchObject({ job_status: "failed" });
  expect(workspaces.events.slice(heard)).toContainEqual({
    kind: "state_change",
    workspace_id: id,
    ownerId: workspaces.ada.id,
  });
  // The next build begins with what the last one that succeeded had left.
  await createBuild(workspaces.ada.ctx, workspaces.deps(), id, { transition: "stop" });
  expect(Buffer.from((await workspaces.acquire()).state ?? []).toString()).toBe("running there");
});

test("a job whose row cannot be read is ended when its worker is gone, as any other", async () => {
  const clock = new FakeClock();
  await using workspaces = await BuildingWorld.create({ clock });
  const { db, kinds, pubsub } = workspaces;
  const template = await workspaces.createTemplate();
  await workspaces.createWorkspace(workspaces.ada, template, "dev");
  const { id } = await workspaces.acquire();
  await db
    .updateTable("provisioner_jobs")
    .set({ input: '{"workspace_build_id": 7}', attempts: 3, lease_expires_at: new Date(0) })
    .where("id", "=", id)
    .execute();

  await reapLostJobs(contextOfSystem("provisioner daemon"), { db, pubsub, clock, log: silentLogger, kinds });

  expect((await findJobs(db, [id])).get(id)?.job_status).toBe("failed");
});
