import { randomUUID } from "node:crypto";
import { runLoop, type Clock, type Logger } from "@hearth/base";
import {
  NativeRunner,
  ProvisionerDaemon,
  type AgentIncident,
  type Engine,
  type RunningWorkspace,
  type WorkerIdentity,
} from "@hearth/provisioner";
import type { Db } from "../ground/database/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { forgetDaemons, touchDaemons, upsertDaemon } from "./daemons.ts";
import type { JobKinds } from "./job-kind.ts";
import type { DatabaseJobSource } from "./job-source.ts";
import { freePredecessorJobs } from "./reaper.ts";
import { daemonHeartbeatMs } from "./timing.ts";

export interface DaemonHostDeps {
  readonly db: Db;
  readonly pubsub: PubSub;
  readonly clock: Clock;
  readonly log: Logger;
  readonly kinds: JobKinds;
  readonly jobs: DatabaseJobSource;
  readonly engines: readonly Engine[];
  readonly organizationId: string;
  readonly replicaId: string;
  readonly version: string;
  readonly hostname: string;
  /** Workers, each with one job at a time. */
  readonly workerCount: number;
  readonly accessUrl: string;
  /** Told of what happens to agents between builds. */
  readonly onIncident: (incident: AgentIncident) => void;
  /** How long agents have for their stop scripts when the server stops. */
  readonly graceMs: number;
  readonly signal: AbortSignal;
}

/** What the built-in daemons found when they started. */
export interface DaemonHost extends AsyncDisposable {
  /** Workspaces whose agents still ran, or were started again. */
  readonly resumed: number;
}

/**
 * Starts the daemons inside this server: registers them, frees what dead predecessors of the same names held, brings the
 * workspaces back that ran before, and only then takes jobs.
 *
 * Disposing ends the agents on this machine without a build: their workspaces stay started, and the next start finds them.
 */
export async function startDaemons(deps: DaemonHostDeps): Promise<DaemonHost> {
  const { db, clock, log } = deps;
  await using undo = new AsyncDisposableStack();
  const workers: WorkerIdentity[] = [];
  const native = new NativeRunner(deps.engines);
  const unsandboxed = await findUnsandboxed(deps.engines, deps.signal);
  for (let index = 0; index < deps.workerCount; index++) {
    const worker = { daemonId: randomUUID(), name: `${deps.hostname}-${index}`, tags: {} };
    const daemonId = await upsertDaemon(db, worker, { ...deps, unsandboxed }, clock.now());
    workers.push({ ...worker, daemonId, engines: native.engines });
  }
  undo.defer(() => forgetDaemons(db, deps.replicaId));
  const freed = await freePredecessorJobs(
    deps,
    workers.map((worker) => worker.daemonId),
  );
  if (freed > 0) log.info({ jobs: freed }, "took up the jobs of a server that stopped");

  for (const engine of deps.engines) {
    undo.use(engine);
    undo.use(engine.onIncident(deps.onIncident));
  }
  const resumed = await resumeWorkspaces(deps);
  undo.defer(async () => {
    const never = new AbortController();
    await Promise.all(
      deps.engines.map((engine) => engine.shutdownAgents({ graceMs: deps.graceMs, signal: never.signal })),
    );
  });

  const heartbeat = new AbortController();
  const loop = runLoop(
    { name: "daemon-heartbeat", everyMs: daemonHeartbeatMs, clock, signal: heartbeat.signal, log },
    () => touchDaemons(db, deps.replicaId, clock.now()),
  );
  undo.defer(async () => {
    heartbeat.abort();
    await loop;
  });
  undo.use(new ProvisionerDaemon({ source: deps.jobs, workers, native, clock, log }));
  const owned = undo.move();
  return { resumed, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** By the name of the engine, why its workspaces would share this host. */
async function findUnsandboxed(engines: readonly Engine[], signal: AbortSignal): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const engine of engines) {
    const availability = await engine.checkAvailability(signal);
    if (availability.available && availability.unsandboxed !== undefined) found[engine.name] = availability.unsandboxed;
  }
  return found;
}

async function resumeWorkspaces({ db, engines, log, signal, accessUrl, onIncident }: DaemonHostDeps): Promise<number> {
  const running = await listRunning(db);
  let resumed = 0;
  for (const engine of engines) {
    const own = running.filter((workspace) => engineOf(workspace.state) === engine.name);
    const report = await engine.resume(own, { signal, accessUrl });
    resumed += report.adopted.length + report.restarted.length;
    for (const { workspaceId, error } of report.failed) {
      log.warn({ workspaceId, error }, "a workspace could not be brought back");
      onIncident({ kind: "given_up", workspaceId, agentName: undefined, reason: `it could not be started: ${error}` });
    }
    if (report.orphans.length > 0)
      log.warn({ workspaces: report.orphans }, "processes run for workspaces that nobody knows");
  }
  return resumed;
}

/** Workspaces whose latest build is a succeeded start, or an unfinished or failed claim of one. */
async function listRunning(db: Db): Promise<RunningWorkspace[]> {
  const rows = await db
    .selectFrom("workspaces as w")
    .innerJoinLateral(
      (from) =>
        from
          .selectFrom("workspace_builds as b")
          .innerJoin("provisioner_jobs as j", "j.id", "b.job_id")
          .leftJoin("workspace_build_states as s", "s.build_id", "b.id")
          .select(["b.id as build_id", "b.transition", "b.stage", "j.job_status", "s.state"])
          .whereRef("b.workspace_id", "=", "w.id")
          .orderBy("b.build_number", "desc")
          .limit(1)
          .as("latest"),
      (join) => join.onTrue(),
    )
    .select(["w.id", "latest.build_id", "latest.state"])
    .where("w.deleted", "=", false)
    .where("latest.transition", "=", "start")
    .where((where) => where.or([where("latest.job_status", "=", "succeeded"), where("latest.stage", "=", "claim")]))
    .where("latest.state", "is not", null)
    .execute();
  return rows.flatMap((row) =>
    row.state === null ? [] : [{ workspaceId: row.id, buildId: row.build_id, state: row.state }],
  );
}

function engineOf(state: Uint8Array): string | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(state));
    return typeof value === "object" && value !== null && "engine" in value ? String(value.engine) : undefined;
  } catch {
    return undefined; // no engine of ours wrote it
  }
}
