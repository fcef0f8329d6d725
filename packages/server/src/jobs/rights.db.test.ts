import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect } from "vitest";
import type { Logger } from "@hearth/base";
import type { AcquiredJob, JobSource } from "@hearth/provisioner";
import { systemContext, type SystemActor } from "../access/index.ts";
import { grantFor, testRights, type Probe } from "../access/testing/index.ts";
import { startDaemons, type DaemonHost } from "./daemon-host.ts";
import { DatabaseJobSource } from "./job-source.ts";
import { jobPriority } from "./job-row.ts";
import { anywhere } from "./placement.ts";
import { insertJob } from "./queue.ts";
import { freePredecessorJobs, runReaper } from "./reaper.ts";
import { buildResult, BuildingWorld, importResult, line, QueueWorld, type TemplateFixture } from "../testing/index.ts";
import { daemonHeartbeatMs, daemonKeptMs, leaseMs, pendingAfterMs } from "./timing.ts";
import { transaction } from "../ground/database/index.ts";
import { createTemplates } from "../templates/index.ts";
import { createBuild } from "../workspaces/index.ts";

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

/** Workspaces and templates, as their capabilities make them, with the queue for a daemon that is this part. */
async function building(
  part: SystemActor,
  log: Logger,
  run: (world: { scene: BuildingWorld; source: DatabaseJobSource; template: TemplateFixture }) => Promise<boolean>,
): Promise<boolean> {
  await using world = await BuildingWorld.create();
  const deps = { ...world.deps(), log };
  const templates = createTemplates({ ...deps, scratchDir: "" });
  const kinds = { ...world.kinds, ...templates.jobKinds };
  await using source = new DatabaseJobSource({ ...deps, kinds, part });
  return await run({ scene: world, source, template: await world.createTemplate() });
}

async function rowOf(world: BuildingWorld, jobId: string) {
  return await world.db.selectFrom("provisioner_jobs").selectAll().where("id", "=", jobId).executeTakeFirstOrThrow();
}

/** The import of the template's version, once more. */
async function queueImport(world: BuildingWorld, template: TemplateFixture) {
  const { file_id: fileId } = await world.db.selectFrom("provisioner_jobs").select("file_id").executeTakeFirstOrThrow();
  return await transaction(world.admin.ctx, world.db, { name: "test_import" }, async (tx) => {
    const job = await insertJob(tx, world.pubsub, grantFor("template:update", {}), {
      organizationId: world.organizationId,
      initiatorId: world.admin.id,
      type: "template_version_import",
      fileId,
      input: { template_version_id: template.versionId },
      tags: {},
      requires: anywhere,
      priority: jobPriority.human,
      secrets: { key: world.sealKey, value: { variables: [] } },
      nowMs: world.clock.now(),
    });
    await tx.updateTable("template_versions").set({ job_id: job.id }).where("id", "=", template.versionId).execute();
    return job;
  });
}

/** The job that was taken; undefined when it failed instead, which then says why. */
async function tryToTake(
  world: BuildingWorld,
  source: DatabaseJobSource,
  right: string,
): Promise<AcquiredJob | undefined> {
  const stop = new AbortController();
  using _ended = world.pubsub.subscribe("job_logs", "*", { onMessage: () => stop.abort(), onDropped: () => undefined });
  const taken = await source.acquire(world.worker, stop.signal).catch(() => undefined); // it failed
  if (taken === undefined) {
    const { error } = await world.db
      .selectFrom("provisioner_jobs")
      .select("error")
      .where("error", "is not", null)
      .executeTakeFirstOrThrow();
    expect(error).toContain(right);
  }
  return taken;
}

const takesBuild =
  (right: string): Probe =>
  async (part, log) =>
    await building(part, log, async ({ scene: world, source, template }) => {
      await world.createWorkspace(world.ada, template, "mine");
      return (await tryToTake(world, source, right)) !== undefined;
    });

testRights("provisioner daemon", {
  "file:read": {
    "hands over the archive of a build": takesBuild("file:read"),
  },
  "template:update": {
    async "stores what an import found"(part, log) {
      return await building(part, log, async ({ scene: world, source, template }) => {
        const job = await queueImport(world, template);
        const taken = await source.acquire(world.worker, new AbortController().signal);
        await source.complete(taken, importResult({ readme: "read me" }));
        const { error } = await rowOf(world, job.id);
        const { readme } = await world.db
          .selectFrom("template_versions")
          .select("readme")
          .where("job_id", "=", job.id)
          .executeTakeFirstOrThrow();
        if (readme === "") expect(error).toContain("template:update");
        return readme === "read me";
      });
    },
  },
  "workspace:delete": {
    async "deletes a workspace whose delete is built"(part, log) {
      return await building(part, log, async ({ scene: world, source, template }) => {
        const { id } = await world.createWorkspace(world.ada, template, "mine");
        await world.work();
        await createBuild(world.ada.ctx, world.deps(), id, { transition: "delete" });
        const job = await world.acquire();
        await source.complete(job, buildResult(job));
        const { error } = await rowOf(world, job.id);
        const { deleted } = await world.db
          .selectFrom("workspaces")
          .select("deleted")
          .where("id", "=", id)
          .executeTakeFirstOrThrow();
        if (!deleted) expect(error).toContain("workspace:delete");
        return deleted;
      });
    },
  },
  "workspace:read": {
    "tells a worker what it builds": takesBuild("workspace:read"),
  },
  "workspace:update": {
    async "stores what a build made"(part, log) {
      return await building(part, log, async ({ scene: world, source, template }) => {
        await world.createWorkspace(world.ada, template, "mine");
        const job = await world.acquire();
        await source.complete(job, buildResult(job));
        const { error, job_status: status } = await rowOf(world, job.id);
        const agents = await world.db.selectFrom("workspace_agents").select("id").execute();
        if (status === "failed") expect(error).toContain("workspace:update");
        return status === "succeeded" && agents.length === 1;
      });
    },
    async "keeps what a failed build left"(part, log) {
      return await building(part, log, async ({ scene: world, source, template }) => {
        await world.createWorkspace(world.ada, template, "mine");
        const job = await world.acquire();
        await source.fail(job, { error: "it broke", errorCode: "", state: Buffer.from("half") });
        // It ends either way: a job that hung would be worse than one that forgets.
        expect(await rowOf(world, job.id)).toMatchObject({ job_status: "failed", error: "it broke" });
        const states = await world.db.selectFrom("workspace_build_states").select("build_id").execute();
        return states.length === 1;
      });
    },
    async "spends what a build costs"(part, log) {
      return await building(part, log, async ({ scene: world, source, template }) => {
        await world.createWorkspace(world.ada, template, "mine");
        const job = await world.acquire();
        await source.commitQuota(job, 5).catch(() => undefined); // refused
        const { daily_cost: cost } = await world.db
          .selectFrom("workspace_builds")
          .select("daily_cost")
          .where("id", "=", job.buildId)
          .executeTakeFirstOrThrow();
        return cost === 5;
      });
    },
  },
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
      await scene.clock.advance(daemonKeptMs + 1);
      const stop = new AbortController();
      const reaping = runReaper({ ...scene.deps, log, part }, stop.signal);
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
