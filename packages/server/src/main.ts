import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { systemClock, type Clock, type Logger } from "@hearth/base";
import { ProcessEngine, type Engine } from "@hearth/provisioner";
import { authenticateAgent, createAgents, type Agents } from "./agents/index.ts";
import { auditHandler } from "./audit/index.ts";
import type { Config } from "./config/index.ts";
import { Database, migrate, warmPool } from "./ground/database/index.ts";
import { lockDataDir, startEmbeddedPostgres } from "./ground/database/embedded/index.ts";
import { DiskRoom } from "./ground/disk/index.ts";
import { buildVersion, deploymentRoutes, openApiDocument, serveApiDocs, serveDashboard } from "./deployment/index.ts";
import { buildApp, type App, type Route } from "./ground/http/index.ts";
import { HeldGrants } from "./ground/live/index.ts";
import { createContext, systemContext } from "./access/index.ts";
import {
  createAuthenticate,
  deploymentKey,
  getDefaultOrganization,
  identityRoutes,
  readAccessFacts,
} from "./identity/index.ts";
import { createPrebuilds } from "./prebuilds/index.ts";
import {
  hostIdOf,
  DatabaseJobSource,
  provisioningRoutes,
  runReaper,
  startDaemons,
  type JobKinds,
} from "./jobs/index.ts";
import { runOutbox } from "./ground/outbox/index.ts";
import { PostgresPubSub, type PubSub } from "./ground/pubsub/index.ts";
import { Relay, Replica } from "./replicas/index.ts";
import { ensureOwner, type OwnerAccount } from "./setup/index.ts";
import { StopPhases } from "./stop-phases.ts";
import { importJobKind, templatesRoutes } from "./templates/index.ts";
import { activityBatcher, buildJobKind, hostedWorkspaces, workspaceRoutes } from "./workspaces/index.ts";

export interface ServerOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly clock?: Clock;
  /** Ends a start that takes too long or is interrupted. */
  readonly signal: AbortSignal;
  /** Told of each phase that takes time, for whoever waits at a terminal. */
  readonly onPhase?: (phase: string) => void;
  /** In tests: every success answer must be what its endpoint says. */
  readonly checkAnswers?: boolean;
  /** In tests and benches, in the place of the engines of this machine. */
  readonly engines?: readonly Engine[];
  /** In tests, in the place of the data directory's file system. */
  readonly freeDiskBytes?: () => Promise<number>;
  /** Where the built dashboard lies. */
  readonly dashboardDir?: string;
}

/** A running server. Dispose it to stop: everything it started has then ended. */
export interface Server extends AsyncDisposable {
  /** Where it listens: `http://127.0.0.1:7080`. */
  readonly url: string;
  /** What agents and browsers use. */
  readonly accessUrl: string;
  readonly database: Database;
  readonly pubsub: PubSub;
  readonly owner: OwnerAccount;
  readonly agents: Agents;
  readonly routes: readonly Route[];
  readonly app: App;
}

const stopGraceMs = 10_000;

/**
 * The composition root: opens things in order, gives each what it needs, and closes them in reverse. The only place that
 * knows everyone.
 *
 * Resolves once the server is ready: requests are answered, workers take jobs, workspaces that ran before run again.
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { log } = options;
  const clock = options.clock ?? systemClock;
  const stopping = new StopPhases(clock, log);
  try {
    return await open(options, clock, stopping);
  } catch (error) {
    await stopping[Symbol.asyncDispose]();
    throw error;
  }
}

async function open(options: ServerOptions, clock: Clock, stopping: StopPhases): Promise<Server> {
  const { config, log, signal } = options;
  const phase = options.onPhase ?? (() => undefined);

  await mkdir(config.dataDir, { recursive: true, mode: 0o755 });
  const scratchDir = join(config.dataDir, "scratch");
  // What a server left there that was ended in the middle.
  await rm(scratchDir, { recursive: true, force: true });
  const connectionString = await openDatabase(options, clock, stopping);
  const database = stopping.use(
    "database connections",
    10_000,
    new Database({ connectionString, maxConnections: config.pgMaxConnections }, (error) =>
      log.warn({ err: error }, "an idle database connection was lost"),
    ),
  );
  phase("database");
  await migrate(database.pool, log);
  await warmPool(database);
  const { db } = database;
  // Before anything listens: whoever is first at the port must not be the one who makes it.
  const owner = await ensureOwner(systemContext("setup", log, signal), db, config, clock.now());
  signal.throwIfAborted();

  const pubsub = stopping.use(
    "announcements",
    5_000,
    await PostgresPubSub.open({ pool: database.pool, connectionString, clock, log }, signal),
  );
  const secret = await deploymentKey(db, "relay", clock.now());
  const relay = stopping.use("relay", 5_000, new Relay({ id: randomUUID(), secret, clock, log }));
  if (config.relay !== undefined) await relay.listen(config.relay.listen, config.relay.advertised);
  const replica = stopping.use(
    "lease",
    5_000,
    await Replica.start({ id: relay.id, address: relay.address, db, pubsub, clock, log, version: buildVersion }),
  );
  const sealKey = await deploymentKey(db, "seal", clock.now());
  const organization = await getDefaultOrganization(db);

  const state = { isReady: false, accessUrl: config.accessUrl ?? "" };
  const accessUrl = () => state.accessUrl;
  const isSecure = () => state.accessUrl.startsWith("https://");

  const activity = stopping.use("activity", 15_000, activityBatcher({ db, clock, log }));
  const onActivity = ({ workspaceId }: { workspaceId: string }) => void activity.add(workspaceId);
  const agents = stopping.use(
    "agent sessions",
    10_000,
    createAgents({ db, pubsub, clock, log, replica, relay, sealKey, onActivity }),
  );
  const room = new DiskRoom({
    directory: config.dataDir,
    keptFreeBytes: config.minFreeDiskBytes,
    clock,
    log,
    freeBytes: options.freeDiskBytes,
  });
  const prebuilds = createPrebuilds({
    database,
    pubsub,
    clock,
    log,
    room,
    config: config.prebuilds,
    allowUnsandboxed: config.allowUnsandboxed,
  });
  const workspaces = {
    db,
    pubsub,
    clock,
    log,
    accessUrl,
    allowUnsandboxed: config.allowUnsandboxed,
    claim: prebuilds.claim,
    room,
  };
  const kinds: JobKinds = {
    template_version_import: importJobKind({ clock, pubsub }),
    workspace_build: buildJobKind(workspaces),
  };

  const routes: Route[] = [
    ...deploymentRoutes({ accessUrl, deploymentId: organization.id }),
    ...identityRoutes({ db, clock, pubsub, sealKey, secureCookies: isSecure }),
    ...templatesRoutes({ db, clock, pubsub, log, room, scratchDir }),
    ...provisioningRoutes({ db, clock }),
    ...workspaceRoutes(workspaces),
    ...agents.routes,
    ...prebuilds.routes,
  ];
  const authenticate = createAuthenticate({
    db,
    clock,
    log,
    authenticateAgent: (token) => authenticateAgent(db, token),
  });
  const held = stopping.use(
    "what is held open",
    1_000,
    new HeldGrants({ pubsub, clock, log, read: (wanted) => readAccessFacts(db, wanted, clock.now()) }),
  );
  const app = stopping.use(
    "requests",
    10_000,
    buildApp({
      log,
      clock,
      createContext,
      authenticate,
      held,
      routes,
      ratePerMinute: config.apiRateLimit,
      accessUrl,
      version: buildVersion,
      checkAnswers: options.checkAnswers ?? false,
      isReady: () => state.isReady,
      pages(fastify) {
        serveApiDocs(fastify, openApiDocument(routes));
        serveDashboard(fastify, options.dashboardDir ?? join(import.meta.dirname, "../../web/dist"));
      },
    }),
  );
  const address = await app.listen(config.httpAddress.host, config.httpAddress.port);
  const url = `http://${hostOf(address.host)}:${address.port}`;
  if (config.accessUrl === undefined) state.accessUrl = url;

  const loops = new AbortController();
  const running: Promise<void>[] = [];
  const jobs = stopping.use("acquisition", 10_000, new DatabaseJobSource({ db, pubsub, clock, log, kinds }));
  stopping.defer("loops", 15_000, async () => {
    loops.abort(new Error("the server is stopping"));
    await Promise.all(running);
  });
  phase("workers");
  stopping.use(
    "workers and workspaces",
    stopGraceMs + 20_000,
    await startDaemons({
      db,
      pubsub,
      clock,
      log,
      kinds,
      jobs,
      engines: options.engines ?? createEngines(config, log, clock),
      organizationId: organization.id,
      hostId: await hostIdOf(config.dataDir),
      workspaces: hostedWorkspaces(db),
      replicaId: replica.id,
      version: buildVersion,
      hostname: hostname(),
      workerCount: config.provisionerDaemons,
      accessUrl: state.accessUrl,
      signal,
      onIncident: (incident) => agents.recordIncident(incident),
      graceMs: stopGraceMs,
    }),
  );
  running.push(runReaper({ db, pubsub, clock, log, kinds }, loops.signal));
  running.push(prebuilds.run(loops.signal));
  running.push(runOutbox({ db, pubsub, clock, log, handlers: [auditHandler(config.audit, log)] }, loops.signal));
  stopping.defer("readiness", 1_000, () => {
    // First of all: whoever asks whether we are ready hears no.
    state.isReady = false;
  });
  state.isReady = true;
  return {
    url,
    accessUrl: state.accessUrl,
    database,
    pubsub,
    owner,
    agents,
    routes,
    app,
    [Symbol.asyncDispose]: () => stopping[Symbol.asyncDispose](),
  };
}

async function openDatabase(options: ServerOptions, clock: Clock, stopping: StopPhases): Promise<string> {
  const { config, log, signal } = options;
  if (config.pgConnectionUrl !== undefined) return config.pgConnectionUrl;
  stopping.use("data directory", 1_000, await lockDataDir(config.dataDir));
  options.onPhase?.("embedded database");
  const postgres = await startEmbeddedPostgres({ dataDir: config.dataDir, clock, log, signal });
  stopping.defer("embedded database", 30_000, () => postgres.stop());
  return postgres.connectionString;
}

/** The engines that this machine offers. Agents run on the Node that runs the server, from their bundle. */
function createEngines(config: Config, log: Logger, clock: Clock): Engine[] {
  // Who builds nothing must not bring back the workspaces of a server that does.
  if (config.provisionerDaemons === 0) return [];
  const bundle = join(import.meta.dirname, "../../agent/dist/agent.mjs");
  return [
    new ProcessEngine({
      dataDir: config.dataDir,
      agentCommand: { file: process.execPath, args: [bundle] },
      clock,
      log,
    }),
  ];
}

/** What a browser can open: an address that means "every one" is shown as this machine's own. */
function hostOf(address: string): string {
  if (address === "0.0.0.0" || address === "::") return "127.0.0.1";
  return address.includes(":") ? `[${address}]` : address;
}
