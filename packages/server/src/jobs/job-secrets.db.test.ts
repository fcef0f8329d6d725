import { afterEach, beforeEach, expect, test } from "vitest";
import type { AcquiredJob } from "@hearth/provisioner";
import { grantFor } from "../access/testing/index.ts";
import { transaction } from "../ground/database/index.ts";
import { importResult, QueueWorld } from "../testing/index.ts";
import { cancelJob } from "./cancel.ts";
import { findSecrets } from "./job-secrets.ts";
import { insertJob } from "./queue.ts";
import { reapLostJobs } from "./reaper.ts";
import { leaseMs, maxAttempts } from "./timing.ts";

const key = Buffer.alloc(32, 1);
const value = { token: "in confidence" };

let scene: QueueWorld;
beforeEach(async () => (scene = await QueueWorld.create()));
afterEach(() => scene[Symbol.asyncDispose]());

async function post(): Promise<string> {
  const job = { ...scene.newJob(), secrets: { key, value } };
  const { id } = await transaction(scene.ctx, scene.db, { name: "test" }, (tx) =>
    insertJob(tx, scene.pubsub, grantFor("template:update", {}), job),
  );
  return id;
}

const secretsOf = async (id: string) => await findSecrets(scene.db, grantFor("provisioner_jobs:update", { id }), key);

async function take(id: string): Promise<AcquiredJob> {
  const job = await scene.jobs.acquire(await scene.worker(), new AbortController().signal);
  expect(job.id).toBe(id);
  return job;
}

test("a job given back keeps what it was told, for whoever takes it next", async () => {
  const id = await post();

  await scene.jobs.release(await take(id));

  expect(await secretsOf(id)).toEqual(value);
});

test.for<[how: string, end: (id: string) => Promise<unknown>]>([
  ["with success", async (id) => await scene.jobs.complete(await take(id), importResult())],
  [
    "with a failure",
    async (id) => await scene.jobs.fail(await take(id), { error: "no", errorCode: "", state: undefined }),
  ],
  [
    "canceled before anybody took it",
    async (jobId) =>
      await transaction(scene.ctx, scene.db, { name: "test" }, (tx) =>
        cancelJob(tx, scene.pubsub, grantFor("template:update", {}), { jobId, nowMs: scene.clock.now() }),
      ),
  ],
  [
    "given up by the reaper",
    async (id) => {
      await take(id);
      await scene.db.updateTable("provisioner_jobs").set({ attempts: maxAttempts }).where("id", "=", id).execute();
      await scene.clock.advance(leaseMs + 1);
      await reapLostJobs(scene.ctx, scene.deps);
    },
  ],
])("a job that ended %s is told nothing any more", async ([, end]) => {
  const id = await post();
  expect(await secretsOf(id)).toEqual(value);

  await end(id);

  expect((await scene.job(id)).completed_at).not.toBeNull();
  expect(await secretsOf(id)).toBeUndefined();
});

test("what a job is told does not open in another job's row", async () => {
  const [one, two] = [await post(), await post()];
  const { sealed } = await scene.db
    .selectFrom("provisioner_job_secrets")
    .select("sealed")
    .where("job_id", "=", one)
    .executeTakeFirstOrThrow();
  await scene.db.updateTable("provisioner_job_secrets").set({ sealed }).where("job_id", "=", two).execute();

  await expect(secretsOf(two)).rejects.toThrow(`What is sealed as "job ${two}" cannot be opened`);
});

test("who reads what a job is told has it in hand", () => {
  const calls = [
    () => findSecrets(scene.db, grantFor("provisioner_jobs:update", { id: "j" }), key),
    // @ts-expect-error -- of no job in particular
    () => findSecrets(scene.db, grantFor("provisioner_jobs:update", {}), key),
    // @ts-expect-error -- who lists jobs is not told
    () => findSecrets(scene.db, grantFor("provisioner_jobs:read", { id: "j" }), key),
  ];

  expect(calls).toHaveLength(3);
});
