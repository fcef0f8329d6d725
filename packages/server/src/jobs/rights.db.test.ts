import { randomUUID } from "node:crypto";
import { afterEach, beforeEach } from "vitest";
import type { Logger } from "@hearth/base";
import type { AcquiredJob, JobSource } from "@hearth/provisioner";
import { systemContext, type SystemActor } from "../access/index.ts";
import { testRights, type Probe } from "../access/testing/index.ts";
import { startDaemons, type DaemonHost } from "./daemon-host.ts";
import { DatabaseJobSource } from "./job-source.ts";
import { freePredecessorJobs, runReaper } from "./reaper.ts";
import { importResult, line, QueueWorld } from "../testing/index.ts";
import { daemonHeartbeatMs, daemonKeptMs, leaseMs, pendingAfterMs } from "./timing.ts";

let scene: QueueWorld;
beforeEach(async () => (scene = await QueueWorld.create()));
afterEach(async () => await scene[Symbol.asyncDispose]());

/** The daemons of a server that stands for nothing but the queue. */
async function withDaemons(part: SystemActor, log: Logger, use: (host: DaemonHost) => Promise<void>): Promise<void> {
  const deps = { ...scene.deps, log, part };
  await using jobs = new DatabaseJobSource(deps);
  const host = await startDaemons({
    ...deps,
    jobs,
    engines: [],
    organizationId: scene.organizationId,
    hostId: randomUUID(),
    workspaces: { adopt: async () => {}, running: async () => [], strays: async () => ({ gone: [], unknown: [] }) },
    replicaId: randomUUID(),
    version: "test",
    hostname: "host",
    workerCount: 1,
    accessUrl: "http://127.0.0.1",
    onIncident: () => undefined,
    graceMs: 0,
    signal: new AbortController().signal,
  });
  try {
    await use(host);
  } finally {
    // What it says at its end may be refused, too.
    await Promise.resolve(host[Symbol.asyncDispose]()).catch(() => undefined);
  }
}

async function lastSeen(): Promise<Date | null | undefined> {
  const row = await scene.db.selectFrom("provisioner_daemons").select("last_seen_at").executeTakeFirst();
  return row?.last_seen_at;
}

/** What a worker that has taken a job says of it, to the queue as it is for this part; whether the job shows it. */
function saying(say: (source: JobSource, job: AcquiredJob) => Promise<unknown>, key: "lease" | "end" | "line"): Probe {
  return async (part, log) => {
    const job = await scene.taken();
    const before = await scene.job(job.id);
    await scene.clock.advance(1_000);
    await using source = new DatabaseJobSource({ ...scene.deps, log, part });
    await say(source, job).catch(() => undefined); // refused
    const after = await scene.job(job.id);
    if (key === "line") return (await scene.outputs(job.id)).length > 0;
    if (key === "end") return after.job_status !== "running";
    return (after.lease_expires_at ?? 0) > (before.lease_expires_at ?? 0);
  };
}

/** One pass of the reaper, over a job in which the worker has been silent, or which nobody can run, for so long. */
async function reap(part: SystemActor, log: Logger, jobId: string, silentMs: number): Promise<boolean> {
  await scene.clock.advance(silentMs);
  const before = await scene.job(jobId);
  const stop = new AbortController();
  const reaping = runReaper({ ...scene.deps, log, part }, stop.signal);
  await Promise.all([scene.clock.asleep("lost-jobs"), scene.clock.asleep("unrunnable-jobs")]);
  stop.abort();
  await reaping;
  return (await scene.job(jobId)).job_status !== before.job_status;
}

testRights("provisioner daemon", {
  "provisioner_daemon:create": {
    async "registers the daemons of a server"(part, log) {
      await withDaemons(part, log, async () => {}).catch(() => undefined); // refused
      return (await lastSeen()) !== undefined;
    },
  },
  "provisioner_daemon:update": {
    async "says that its daemons are there"(part, log) {
      const startedMs = scene.clock.now();
      let seenMs: number | undefined;
      await withDaemons(part, log, async () => {
        await scene.clock.asleep("daemon-heartbeat");
        await scene.clock.advance(daemonHeartbeatMs);
        await scene.clock.asleep("daemon-heartbeat");
        seenMs = (await lastSeen())?.getTime();
      });
      return seenMs !== undefined && seenMs > startedMs;
    },
    async "says that they are gone"(part, log) {
      await withDaemons(part, log, async () => {});
      return (await lastSeen()) === null;
    },
  },
  "provisioner_daemon:delete": {
    async "forgets daemons that were not seen for long"(part, log) {
      await scene.worker();
      const stop = new AbortController();
      const reaping = runReaper({ ...scene.deps, log, part }, stop.signal);
      await scene.clock.asleep("gone-daemons");
      await scene.clock.advance(daemonKeptMs + 1);
      await scene.clock.asleep("gone-daemons");
      stop.abort();
      await reaping;
      return (await lastSeen()) === undefined;
    },
  },
  "provisioner_jobs:update": {
    async "takes a job"(part, log) {
      const { id } = await scene.post();
      await using source = new DatabaseJobSource({ ...scene.deps, log, part });
      await source.acquire(await scene.worker(), new AbortController().signal).catch(() => undefined); // refused
      return (await scene.job(id)).job_status === "running";
    },
    "holds a job": saying((source, job) => source.update(job, []), "lease"),
    "keeps the lines of a job": saying((source, job) => source.update(job, [line("up")]), "line"),
    "completes a job": saying((source, job) => source.complete(job, importResult()), "end"),
    "fails a job": saying(
      (source, job) => source.fail(job, { error: "it broke", errorCode: "", state: undefined }),
      "end",
    ),
    "gives a job back": saying((source, job) => source.release(job), "end"),
    async "takes a job from a worker that is lost"(part, log) {
      const { id } = await scene.taken();
      return await reap(part, log, id, leaseMs + 1_000);
    },
    async "ends a job that nobody can run"(part, log) {
      const { id } = await scene.post({ tags: { gpu: "1" } });
      return await reap(part, log, id, pendingAfterMs + 1_000);
    },
    async "frees the jobs of its predecessor"(part, log) {
      const worker = await scene.worker();
      const { id } = await scene.taken(worker);
      const ctx = systemContext(part, log, new AbortController().signal);
      await freePredecessorJobs(ctx, { ...scene.deps, log }, [worker.daemonId]);
      return (await scene.job(id)).job_status === "pending";
    },
  },
});
