import { join } from "node:path";
import { systemClock, type Clock, type Logger } from "@hearth/base";
import type { Engine } from "@hearth/provisioner";
import { createContext, systemContext } from "./access/index.ts";
import type { Agents } from "./agents/index.ts";
import { createCapabilities, type CapabilityOptions } from "./capabilities.ts";
import type { Config } from "./config/index.ts";
import { buildVersion } from "./deployment/index.ts";
import { createEngines } from "./engines.ts";
import type { Database } from "./ground/database/index.ts";
import { buildApp, type App, type Route } from "./ground/http/index.ts";
import { collect, StopPhases } from "./ground/lifecycle/index.ts";
import { HeldGrants } from "./ground/live/index.ts";
import { runOutbox } from "./ground/outbox/index.ts";
import type { PubSub } from "./ground/pubsub/index.ts";
import { sealUnsealed } from "./identity/index.ts";
import { openGround } from "./open-ground.ts";
import { createSetup, type OwnerAccount, type Setup } from "./setup/index.ts";

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
  /** In tests: another list of capabilities than the standard one. */
  readonly capabilities?: CapabilityOptions["change"];
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
  readonly setup: Setup;
  readonly agents: Agents;
  readonly routes: readonly Route[];
  readonly app: App;
}

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
  const { config, log, signal, freeDiskBytes } = options;
  const onPhase = options.onPhase ?? (() => undefined);
  const state = { isReady: false, accessUrl: config.accessUrl ?? "" };
  const accessUrl = () => state.accessUrl;

  const ground = await openGround({ config, log, clock, accessUrl, signal, onPhase, freeDiskBytes }, stopping);
  const { database, pubsub } = ground;
  const setup = createSetup(ground);
  // Before anything listens: whoever is first at the port must not be the one who makes it.
  const owner = await setup.ensureOwner(signal);
  signal.throwIfAborted();

  const capabilities = createCapabilities(ground, {
    engines: options.engines ?? createEngines(config, log, clock),
    dashboardDir: options.dashboardDir ?? join(import.meta.dirname, "../../web/dist"),
    programsDir: join(import.meta.dirname, "../../cli/dist"),
    change: options.capabilities ?? ((standard) => standard),
  });
  const { all, identity, agents } = capabilities;
  const { routes, loops, sealers, effects: handlers } = collect(all);
  // All of it before anything waits: a start that goes no further ends it too.
  for (const { opened = [] } of all) stopping.add(...opened);
  const held = stopping.use("what is held open", 1_000, new HeldGrants({ ...ground, read: identity.readAccessFacts }));
  const app = stopping.use(
    "requests",
    10_000,
    buildApp({
      log,
      clock,
      createContext,
      authenticate: identity.authenticate,
      pubsub,
      held,
      routes,
      ratePerMinute: config.apiRateLimit,
      accessUrl,
      version: buildVersion,
      checkAnswers: options.checkAnswers ?? false,
      isReady: () => state.isReady,
      pages(fastify) {
        for (const { pages } of all) pages?.(fastify, routes);
      },
    }),
  );
  for (const { openedForWork = [] } of all) stopping.add(...openedForWork);
  await sealUnsealed(systemContext("setup", log, signal), database.db, sealers);
  const address = await app.listen(config.httpAddress.host, config.httpAddress.port);
  const url = `http://${hostOf(address.host)}:${address.port}`;
  if (config.accessUrl === undefined) state.accessUrl = url;

  const running = new AbortController();
  const ended: Promise<void>[] = [];
  stopping.defer("loops", 15_000, async () => {
    running.abort(new Error("the server is stopping"));
    await Promise.all(ended);
  });
  onPhase("workers");
  for (const { start } of all) {
    if (start !== undefined) stopping.add(await start({ accessUrl: state.accessUrl, signal }));
  }
  ended.push(runOutbox({ ...ground, handlers }, running.signal));
  for (const loop of loops) ended.push(loop.run(running.signal));
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
    setup,
    agents,
    routes,
    app,
    [Symbol.asyncDispose]: () => stopping[Symbol.asyncDispose](),
  };
}

/** What a browser can open: an address that means "every one" is shown as this machine's own. */
function hostOf(address: string): string {
  if (address === "0.0.0.0" || address === "::") return "127.0.0.1";
  return address.includes(":") ? `[${address}]` : address;
}
