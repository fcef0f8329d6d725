import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { armFailpoints } from "@hearth/base";
import type { AcquiredJob, JobTiming } from "@hearth/provisioner";
import { grantFor } from "../access/testing/index.ts";
import { transaction } from "../ground/database/index.ts";
import { cancelJob } from "./cancel.ts";
import { CompletionRefused } from "./job-kind.ts";
import { jobPriority } from "./job-row.ts";
import { requeueJob } from "./queue.ts";
import { importResult, line, QueueWorld } from "../testing/index.ts";
import { leaseMs, maxAttempts } from "./timing.ts";

let scene: QueueWorld;

beforeEach(async () => {
  scene = await QueueWorld.create();
});

afterEach(async () => {
  armFailpoints(undefined);
  await scene[Symbol.asyncDispose]();
});

const failure = { error: "it broke", errorCode: "", state: undefined } as const;

async function cancel(jobId: string): Promise<void> {
  await transaction(scene.ctx, scene.db, { name: "test_cancel" }, (tx) =>
    cancelJob(tx, scene.pubsub, grantFor("template:update", {}), { jobId, nowMs: scene.clock.now() }),
  );
}

/** All that a write could have changed. */
async function everything(jobId: string) {
  const timings = await scene.db.selectFrom("provisioner_job_timings").selectAll().execute();
  return {
    row: await scene.job(jobId),
    note: await scene.noteOf(jobId),
    outputs: await scene.outputs(jobId),
    timings: timings.map(({ action }) => action),
    changes: scene.changes.length,
    posted: scene.posted.length,
    logNews: scene.logNews.length,
  };
}

const timing: JobTiming = {
  stage: "apply",
  source: "process",
  action: "create",
  resource: "workspace.main",
  startedAtMs: 1_000,
  endedAtMs: 2_000,
};

/** Every write that a worker can make. */
const writes: [string, (job: AcquiredJob) => Promise<unknown>][] = [
  ["update", async (job) => (await scene.jobs.update(job, [line("late")])).outcome],
  ["an update without lines", async (job) => (await scene.jobs.update(job, [])).outcome],
  ["complete", (job) => scene.jobs.complete(job, importResult({ timings: [timing] }), [line("late")])],
  ["fail", (job) => scene.jobs.fail(job, failure, [line("late")])],
  ["release", (job) => scene.jobs.release(job).then(() => "stale")],
];

describe("of a worker that has lost its job", () => {
  test.for(writes)("%s changes nothing once another has it", async ([, write]) => {
    const old = await scene.taken();
    await transaction(scene.ctx, scene.db, { name: "test_requeue" }, (tx) =>
      requeueJob(
        tx,
        scene.pubsub,
        { granted: grantFor("provisioner_jobs:update", { id: old.id }), epoch: old.epoch },
        scene.clock.now(),
      ),
    );
    const current = await scene.jobs.acquire(await scene.worker(), new AbortController().signal);
    expect([current.id, old.epoch, current.epoch]).toEqual([old.id, 1, 2]);
    const before = await everything(old.id);

    expect(await write(old)).toBe("stale");

    expect(await everything(old.id)).toEqual(before);
    expect(await scene.jobs.complete(current, importResult())).toBe("ok");
    expect(await scene.noteOf(old.id)).toEqual({ how: "completed" });
  });

  test.for(writes)("%s changes nothing while it waits for another", async ([, write]) => {
    const old = await scene.taken();
    await scene.jobs.release(old);
    const before = await everything(old.id);

    expect(await write(old)).toBe("stale");

    expect(await everything(old.id)).toEqual(before);
    expect(before.row).toMatchObject({ job_status: "pending" });
  });

  const ends: [string, (job: AcquiredJob) => Promise<unknown>][] = [
    ["succeeded", (job) => scene.jobs.complete(job, importResult())],
    ["failed", (job) => scene.jobs.fail(job, failure)],
    [
      "canceled",
      async (job) => {
        await cancel(job.id);
        await scene.jobs.complete(job, importResult());
      },
    ],
  ];
  const table = ends.flatMap(([status, end]) => writes.map(([name, write]) => [name, status, end, write] as const));

  test.for(table)("[builds 44] %s changes nothing of a job that has %s", async ([, status, end, write]) => {
    const job = await scene.taken();
    await end(job);
    const before = await everything(job.id);
    expect(before.row.job_status).toBe(status);
    await scene.clock.advance(1_000);

    expect(await write(job)).toBe("stale");

    expect(await everything(job.id)).toEqual(before);
  });
});

describe("taking", () => {
  test("the job is told to its kind once it is the worker's", async () => {
    const worker = await scene.worker();
    const job = await scene.taken(worker);

    expect(job.epoch).toBe(1);
    expect(scene.changes).toMatchObject([{ id: job.id, job_status: "running", worker_id: worker.daemonId }]);
  });

  test("a job that cannot be handed over fails with the reason, and the next one is taken", async () => {
    const broken = await scene.post({ ageMs: 1_000 });
    const sound = await scene.post();
    scene.trouble.payload = ({ id }) => {
      if (id === broken.id) throw new Error("its template is gone");
    };

    const job = await scene.jobs.acquire(await scene.worker(), new AbortController().signal);

    expect(job.id).toBe(sound.id);
    expect(await scene.job(broken.id)).toMatchObject({ job_status: "failed", error: "its template is gone" });
    expect(await scene.noteOf(broken.id)).toEqual({ how: "failed", error: "its template is gone" });
    expect(scene.logNews).toContainEqual({ jobId: broken.id, end_of_logs: true });
  });

  describe("a job whose worker cannot be told of it because the connection broke", () => {
    const signal = new AbortController().signal;
    const terminated = /terminat/;
    const isAnswering = async () =>
      await sql`select`.execute(scene.db).then(
        () => true,
        () => false,
      );
    const breakConnection = async () => {
      const broken = sql`select pg_terminate_backend(pg_backend_pid())`.execute(scene.db);
      await broken.catch(async () => {
        while (!(await isAnswering()));
      });
      await broken;
    };

    test("is given back, and taken again", async () => {
      const posted = await scene.post();
      const worker = await scene.worker();
      scene.trouble.payload = breakConnection;

      await expect(scene.jobs.acquire(worker, signal)).rejects.toThrow(terminated);

      expect(await scene.job(posted.id)).toMatchObject({ job_status: "pending", attempts: 1 });
      scene.trouble.payload = undefined;
      expect(await scene.jobs.acquire(worker, signal)).toMatchObject({ id: posted.id, epoch: 2 });
    });

    test("fails like one that lost its worker as often", async () => {
      const posted = await scene.post();
      const worker = await scene.worker();
      scene.trouble.payload = ({ id }) => (id === posted.id ? breakConnection() : undefined);
      for (let attempt = 1; attempt < maxAttempts; attempt++) {
        await expect(scene.jobs.acquire(worker, signal)).rejects.toThrow(terminated);
      }
      const next = await scene.post({ priority: jobPriority.pool });

      expect(await scene.jobs.acquire(worker, signal)).toMatchObject({ id: next.id });

      expect(await scene.job(posted.id)).toMatchObject({ job_status: "failed", attempts: maxAttempts });
    });

    test("ends when it was asked to stop meanwhile", async () => {
      const posted = await scene.post();
      scene.trouble.payload = async () => {
        await cancel(posted.id);
        await breakConnection();
      };

      await expect(scene.jobs.acquire(await scene.worker(), signal)).rejects.toThrow(terminated);

      expect(await scene.job(posted.id)).toMatchObject({ job_status: "failed", error: "The job was canceled." });
    });
  });

  test("workers with the same tags, in any order, are one domain", async () => {
    const signal = AbortSignal.abort(new Error("gone"));
    const hostId = randomUUID();
    for (const tags of [{ a: "1", b: "2" }, { b: "2", a: "1" }, {}]) {
      await expect(scene.jobs.acquire(await scene.worker(tags, { hostId }), signal)).rejects.toThrow("gone");
    }

    expect(scene.clock.pending().map(({ tag }) => tag)).toEqual(["acquire-poll", "acquire-poll"]);
  });
});

describe("an update", () => {
  test("renews the lease, with lines or without", async () => {
    const job = await scene.taken();
    for (const logs of [[], [line("on the way")]]) {
      await scene.clock.advance(5_000);
      expect(await scene.jobs.update(job, logs)).toEqual({ outcome: "ok", canceled: false });
      expect(await scene.job(job.id)).toMatchObject({
        updated_at: new Date(scene.clock.now()),
        lease_expires_at: new Date(scene.clock.now() + leaseMs),
      });
    }
    expect(await scene.outputs(job.id)).toEqual(["on the way"]);
  });

  test("says that somebody asked the job to stop, and goes on renewing", async () => {
    const job = await scene.taken();
    await cancel(job.id);
    await scene.clock.advance(5_000);

    expect(await scene.jobs.update(job, [])).toEqual({ outcome: "ok", canceled: true });
    expect(await scene.jobs.update(job, [line("stopping")])).toEqual({ outcome: "ok", canceled: true });

    expect(await scene.job(job.id)).toMatchObject({
      job_status: "canceling",
      lease_expires_at: new Date(scene.clock.now() + leaseMs),
    });
  });
});

describe("a success", () => {
  test("ends the job with its effects, timings and last lines", async () => {
    const job = await scene.taken();

    expect(await scene.jobs.complete(job, importResult({ timings: [timing] }), [line("a"), line("b")])).toBe("ok");

    expect(await everything(job.id)).toMatchObject({
      row: { job_status: "succeeded", completed_at: new Date(scene.clock.now()), lease_expires_at: null, error: null },
      note: { how: "completed" },
      outputs: ["a", "b"],
      timings: ["create"],
    });
    expect(scene.logNews.at(-1)).toEqual({ jobId: job.id, end_of_logs: true });
  });

  test("[builds 42] of a job that was asked to stop reads canceled", async () => {
    const job = await scene.taken();
    await cancel(job.id);

    expect(await scene.jobs.complete(job, importResult())).toBe("ok");

    expect(await scene.job(job.id)).toMatchObject({ job_status: "canceled" });
  });

  test("whose effects cannot be stored leaves nothing: the job goes on as it was, and may end later", async () => {
    const job = await scene.taken();
    const before = await everything(job.id);
    scene.trouble.complete = () => {
      throw new Error("a bug");
    };

    await expect(scene.jobs.complete(job, importResult({ timings: [timing] }), [line("end")])).rejects.toThrow("a bug");

    expect(await everything(job.id)).toEqual(before);
    expect(before.row).toMatchObject({ job_status: "running" });
    scene.trouble.complete = undefined;
    expect(await scene.jobs.complete(job, importResult(), [line("end")])).toBe("ok");
    expect(await scene.outputs(job.id)).toEqual(["end"]);
  });

  test("is not told before it is stored: a crash before the commit leaves nothing, not even news", async () => {
    const job = await scene.taken();
    const before = await everything(job.id);
    armFailpoints((name) => {
      if (name === "job_complete:before_commit") throw new Error("crashed");
    });

    await expect(scene.jobs.complete(job, importResult({ timings: [timing] }), [line("end")])).rejects.toThrow(
      "crashed",
    );

    expect(await everything(job.id)).toEqual(before);
  });

  test("that is refused fails the job with the reason, keeps the state, and none of the effects", async () => {
    const job = await scene.taken();
    scene.trouble.complete = () => {
      throw new CompletionRefused("two agents of one name");
    };
    const result = {
      type: "workspace_build",
      resources: [],
      state: Buffer.from("what is there"),
      dailyCost: 0,
      timings: [timing],
      identityOnlyClaim: false,
    } as const;

    expect(await scene.jobs.complete(job, result, [line("end")])).toBe("ok");

    expect(await everything(job.id)).toMatchObject({
      row: { job_status: "failed", error: "two agents of one name", error_code: null },
      note: { how: "failed", error: "two agents of one name", state: "what is there" },
      outputs: ["end"],
      timings: [],
    });
    expect(scene.logNews.at(-1)).toEqual({ jobId: job.id, end_of_logs: true });
  });
});

describe("a failure", () => {
  test("is stored with its code, its state and the last lines", async () => {
    const job = await scene.taken();
    const state = Buffer.from("half of it");

    const failed = { error: "no credits", errorCode: "INSUFFICIENT_QUOTA", state } as const;
    expect(await scene.jobs.fail(job, failed, [line("end")])).toBe("ok");

    expect(await everything(job.id)).toMatchObject({
      row: { job_status: "failed", error: "no credits", error_code: "INSUFFICIENT_QUOTA", lease_expires_at: null },
      note: { how: "failed", error: "no credits", state: "half of it" },
      outputs: ["end"],
    });
    expect(scene.logNews.at(-1)).toEqual({ jobId: job.id, end_of_logs: true });
  });

  test("[builds 43] of a job that was asked to stop reads failed", async () => {
    const job = await scene.taken();
    await cancel(job.id);

    expect(await scene.jobs.fail(job, { ...failure, error: "The job was canceled." })).toBe("ok");

    expect(await scene.job(job.id)).toMatchObject({ job_status: "failed" });
  });

  test("and what it left are stored together, or neither is", async () => {
    const job = await scene.taken();
    const before = await everything(job.id);
    scene.trouble.fail = () => {
      throw new Error("a bug");
    };

    await expect(scene.jobs.fail(job, failure, [line("end")])).rejects.toThrow("a bug");

    expect(await everything(job.id)).toEqual(before);
  });

  test.for([
    ["without a word", "", "The job failed without saying why."],
    ["with bytes that are no text", "exit\0 1 \uD83D", "exit\uFFFD 1 \uFFFD"],
  ] as const)("%s is one all the same", async ([, error, stored]) => {
    const job = await scene.taken();

    expect(await scene.jobs.fail(job, { ...failure, error })).toBe("ok");

    expect(await scene.job(job.id)).toMatchObject({ job_status: "failed", error: stored });
  });
});

describe("a job that is given back", () => {
  test("waits again at once, is announced, and is taken under the next epoch", async () => {
    const job = await scene.taken();
    const waiting = scene.jobs.acquire(await scene.worker(), new AbortController().signal);
    await scene.clock.advance(0);

    await scene.jobs.release(job);

    expect(await waiting).toMatchObject({ id: job.id, epoch: 2 });
    expect(scene.changes.map(({ job_status, lease_epoch }) => [job_status, lease_epoch])).toEqual([
      ["running", 1],
      ["pending", 1],
      ["running", 2],
    ]);
  });

  test("ends when it was asked to stop, because nobody would take it again", async () => {
    const job = await scene.taken();
    await cancel(job.id);

    await scene.jobs.release(job);

    expect(await scene.job(job.id)).toMatchObject({ job_status: "failed", error: "The job was canceled." });
    expect(await scene.noteOf(job.id)).toEqual({ how: "failed", error: "The job was canceled." });
    expect(scene.logNews.at(-1)).toEqual({ jobId: job.id, end_of_logs: true });
    expect(scene.posted).toHaveLength(1);
  });
});

describe("timings", () => {
  test("malformed ones are left out, and the job succeeds", async () => {
    const job = await scene.taken();
    const malformed: Partial<JobTiming>[] = [
      { startedAtMs: 0 },
      { startedAtMs: -1 },
      { startedAtMs: 3_000 },
      { startedAtMs: Number.NaN },
      { endedAtMs: Number.NaN },
      { endedAtMs: Number.POSITIVE_INFINITY },
      { endedAtMs: Date.UTC(10_000, 0) },
      { startedAtMs: Number.MAX_VALUE, endedAtMs: Number.MAX_VALUE },
    ];
    const timings = [
      timing,
      ...malformed.map((part) => ({ ...timing, ...part, action: "malformed" })),
      { ...timing, action: "instant", endedAtMs: timing.startedAtMs },
      { ...timing, action: "odd\0", resource: "\uD800" },
    ];

    expect(await scene.jobs.complete(job, importResult({ timings }))).toBe("ok");

    const rows = await scene.db.selectFrom("provisioner_job_timings").selectAll().orderBy("id").execute();
    expect(rows.map(({ id: _id, ...row }) => row)).toEqual([
      {
        job_id: job.id,
        started_at: new Date(1_000),
        ended_at: new Date(2_000),
        stage: "apply",
        source: "process",
        action: "create",
        resource: "workspace.main",
      },
      expect.objectContaining({ action: "instant", ended_at: new Date(1_000) }),
      expect.objectContaining({ action: "odd\uFFFD", resource: "\uFFFD" }),
    ]);
  });
});
