import { afterEach, beforeEach, expect, test } from "vitest";
import fc from "fast-check";
import type { FakeClock } from "@hearth/base/fake-clock";
import type { AcquiredJob, WorkerIdentity } from "@hearth/provisioner";
import { grantFor } from "../access/testing/index.ts";
import { transaction } from "../ground/database/index.ts";
import { cancelJob } from "./cancel.ts";
import { endJob, renewJob, requeueJob } from "./queue.ts";
import { freePredecessorJobs, reapLostJobs } from "./reaper.ts";
import { importResult, QueueWorld } from "../testing/index.ts";
import { leaseMs } from "./timing.ts";

let scene: QueueWorld;

beforeEach(async () => {
  scene = await QueueWorld.create();
});

afterEach(async () => {
  await scene[Symbol.asyncDispose]();
});

const never = new AbortController().signal;

/** Ways in which a job moves; each does nothing where it is not possible. */
type Move = "renew" | "complete" | "fail" | "release" | "lose" | "restart" | "cancel";
const moves = fc.array(fc.constantFrom<Move>("renew", "complete", "fail", "release", "lose", "restart", "cancel"), {
  minLength: 1,
  maxLength: 8,
});

/** One job with one worker, who takes it whenever it can be taken. Who lost it keeps what it was given. */
class Life {
  readonly lost: AcquiredJob[] = [];
  holder: AcquiredJob | undefined;
  readonly #worker: WorkerIdentity;
  readonly #jobId: string;

  private constructor(worker: WorkerIdentity, jobId: string) {
    this.#worker = worker;
    this.#jobId = jobId;
  }

  static async begin(): Promise<Life> {
    const worker = await scene.worker();
    const life = new Life(worker, (await scene.post()).id);
    await life.take();
    return life;
  }

  async take(): Promise<void> {
    if ((await scene.job(this.#jobId)).job_status === "pending")
      this.holder = await scene.jobs.acquire(this.#worker, never);
  }

  async move(move: Move): Promise<void> {
    const { holder } = this;
    const clock: FakeClock = scene.clock;
    switch (move) {
      case "renew":
        if (holder) await scene.jobs.update(holder, []);
        return;
      case "complete":
        if (holder) await scene.jobs.complete(holder, importResult());
        return this.#lose();
      case "fail":
        if (holder) await scene.jobs.fail(holder, { error: "no", errorCode: "", state: undefined });
        return this.#lose();
      case "release":
        if (holder) await scene.jobs.release(holder);
        return this.#lose();
      case "lose":
        await clock.advance(leaseMs + 1);
        await reapLostJobs(scene.ctx, scene.deps);
        return this.#lose();
      case "restart":
        await freePredecessorJobs(scene.ctx, scene.deps, [this.#worker.daemonId]);
        return this.#lose();
      case "cancel":
        await transaction(scene.ctx, scene.db, { name: "test_cancel" }, (tx) =>
          cancelJob(tx, scene.pubsub, grantFor("template:update", {}), { jobId: this.#jobId, nowMs: clock.now() }),
        ).catch(() => undefined); // it has ended, or was asked before
    }
  }

  /** Leaves nothing behind that the worker of another life could take. */
  async end(): Promise<void> {
    await this.take();
    await this.move("complete");
  }

  #lose(): void {
    if (this.holder) this.lost.push(this.holder);
    this.holder = undefined;
  }
}

test("[builds 44, 45] whoever lost a job, in whatever way, writes nothing to it any more", async () => {
  await fc.assert(
    fc.asyncProperty(moves, async (steps) => {
      const life = await Life.begin();
      for (const step of steps) {
        await life.move(step);
        await life.take();
        for (const hold of life.lost) {
          const { id: jobId, epoch } = hold;
          const before = await scene.job(jobId);
          const now = scene.clock.now();
          await transaction(scene.ctx, scene.db, { name: "test_stale" }, async (tx) => {
            expect(
              await renewJob(tx, { granted: grantFor("provisioner_jobs:update", { id: jobId }), epoch }, now),
            ).toBeUndefined();
            expect(
              await endJob(tx, { granted: grantFor("provisioner_jobs:update", { id: jobId }), epoch }, { nowMs: now }),
            ).toBeUndefined();
            expect(
              await requeueJob(
                tx,
                scene.pubsub,
                { granted: grantFor("provisioner_jobs:update", { id: jobId }), epoch },
                now,
              ),
            ).toBeUndefined();
          });
          expect(await scene.jobs.complete(hold, importResult())).toBe("stale");
          expect(await scene.job(jobId)).toEqual(before);
        }
      }
      await life.end();
    }),
    { numRuns: 40 },
  );
});

test("whoever has a job ended over its head has lost its epoch by that, and whoever has it after another a later one", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom<Move>("lose", "restart"), { minLength: 1, maxLength: 5 }),
      async (steps) => {
        const life = await Life.begin();
        const epochs = [life.holder?.epoch ?? 0];
        for (const step of steps) {
          const { id } = life.holder ?? {};
          if (id === undefined) break; // its attempts are used up
          await life.move(step);
          await life.take();
          epochs.push((await scene.job(id)).lease_epoch);
        }
        await life.end();
        expect(epochs).toEqual(epochs.map((_, index) => index + 1));
      },
    ),
    { numRuns: 12 },
  );
});
