import { randomUUID } from "node:crypto";
import { runLoop, type Clock, type Logger } from "@hearth/base";
import {
  NativeRunner,
  ProvisionerDaemon,
  type AgentIncident,
  type Engine,
  type EngineName,
  type EngineOffer,
  type TemplateLanguage,
  type WorkerIdentity,
} from "@hearth/provisioner";
import { authorize, systemActor, systemContext, type SystemActor } from "../access/index.ts";
import type { Db } from "../ground/database/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { forgetDaemons, touchDaemons, upsertDaemon } from "./daemons.ts";
import type { JobKinds } from "./job-kind.ts";
import type { DatabaseJobSource } from "./job-source.ts";
import { keepHost, type HostedWorkspaces } from "./hosts.ts";
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
  /** Who this host is, see `hostIdOf`. */
  readonly hostId: string;
  readonly workspaces: HostedWorkspaces;
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
  /** Who the daemons are. In tests, with fewer rights. @default the part that these are of */
  readonly part?: SystemActor | undefined;
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
  const { db, clock, log, organizationId, part = systemActor("provisioner daemon") } = deps;
  const ctx = systemContext(part, log, deps.signal);
  await using undo = new AsyncDisposableStack();
  const workers: WorkerIdentity[] = [];
  const languages: TemplateLanguage[] = [new NativeRunner(deps.engines)];
  const engines = await offersOf(deps.engines, deps.signal);
  const mayRegister = () => authorize(ctx, "provisioner_daemon:create", { organizationId });
  for (let index = 0; index < deps.workerCount; index++) {
    const worker: WorkerIdentity = {
      daemonId: randomUUID(),
      // Several hosts may have the same name.
      name: `${deps.hostname}-${deps.hostId.slice(0, 4)}-${index}`,
      organizationId,
      tags: {},
      languages: languages.map(({ name }) => name),
      engines,
      hostId: deps.hostId,
    };
    workers.push({ ...worker, daemonId: await upsertDaemon(db, mayRegister(), worker, deps, clock.now()) });
  }
  const mayTell = () => authorize(ctx, "provisioner_daemon:update", { organizationId });
  undo.defer(async () => await forgetDaemons(db, mayTell(), deps.replicaId, clock.now()));
  const freed = await freePredecessorJobs(
    ctx,
    deps,
    workers.map((worker) => worker.daemonId),
  );
  if (freed > 0) log.info({ jobs: freed }, "took up the jobs of a server that stopped");

  for (const engine of deps.engines) undo.use(engine);
  const { resumed } = undo.use(await keepHost(ctx, deps));

  const heartbeat = new AbortController();
  const loop = runLoop(
    { name: "daemon-heartbeat", everyMs: daemonHeartbeatMs, clock, signal: heartbeat.signal, log },
    async () => {
      if ((await touchDaemons(db, mayTell(), deps.replicaId, clock.now())) === workers.length) return;
      // A machine that slept for long comes back to rows that were removed meanwhile.
      for (const worker of workers) await upsertDaemon(db, mayRegister(), worker, deps, clock.now());
    },
  );
  undo.defer(async () => {
    heartbeat.abort();
    await loop;
  });
  undo.use(new ProvisionerDaemon({ source: deps.jobs, workers, languages, clock, log }));
  const owned = undo.move();
  return { resumed, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function offersOf(engines: readonly Engine[], signal: AbortSignal): Promise<WorkerIdentity["engines"]> {
  const offers: { -readonly [Name in EngineName]?: EngineOffer } = {};
  for (const engine of engines) {
    const availability = await engine.checkAvailability(signal);
    const unsandboxed = availability.available ? availability.unsandboxed : undefined;
    offers[engine.name] = {
      livesOnHost: engine.facts.livesOnHost,
      ...(unsandboxed === undefined ? {} : { unsandboxed }),
    };
  }
  return offers;
}
