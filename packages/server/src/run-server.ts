import { hostname } from "node:os";
import { join } from "node:path";
import { Scope, systemClock, untilAborted, type Clock, type Logger } from "@hearth/base";
import type { Engine } from "@hearth/provisioner";
import { ConfigError, readConfig, type Config } from "./config/index.ts";
import { DataDirLockedError, EmbeddedPostgresError } from "./ground/database/embedded/index.ts";
import { hearthVersion } from "./deployment/index.ts";
import { startServer, type Server } from "./main.ts";
import { countWarm } from "./prebuilds/index.ts";
import { watchPool, type OwnerAccount, type Setup } from "./setup/index.ts";
import { armFailpointsFromEnv, createLog } from "./ground/telemetry/index.ts";

/** Where the server speaks to whoever started it. */
export interface ServerTerminal {
  /** A line that stays. */
  line(text: string): void;
  /** A line that the next one replaces; the empty text clears it. */
  status(text: string): void;
}

export interface RunServerOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Options given on the command line, by name; they win over the environment. */
  readonly flags?: Readonly<Record<string, string | undefined>>;
  readonly terminal: ServerTerminal;
  /** Asks the server to stop. */
  readonly signal: AbortSignal;
  /** What a person types to call the command line, from any directory. */
  readonly hearth: string;
  /** Logs the command line in, once a first start has made the owner. */
  readonly logIn?: (account: FirstLogIn) => Promise<void>;
  /** In benches, in the place of the engines of this machine. */
  readonly engines?: readonly Engine[];
}

/** The owner of a server that this start has made, and where to log in as them. */
export interface FirstLogIn {
  /** Where the server listens. */
  readonly url: string;
  /** The server's address for everybody. */
  readonly accessUrl: string;
  readonly email: string;
  readonly password: string;
}

/**
 * Runs Hearth until it is asked to stop: everything is opened, the first start sets itself up, the terminal says where to
 * go. Resolves with the exit code once everything has ended.
 */
export async function runServer(options: RunServerOptions): Promise<number> {
  const { env, flags, terminal, signal } = options;
  const clock = systemClock;
  armFailpointsFromEnv(env);
  let config: Config;
  try {
    config = readConfig(env, flags);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    terminal.line(`error: ${error.message}`);
    return 2;
  }
  const file = join(config.dataDir, "hearth.log");
  const onLoss = (error: Error) =>
    terminal.line(`warning: Lines of ${file} are lost until it can be written: ${error.message}`);
  using logFile = createLog({ level: config.logLevel, file, now: () => clock.now(), onLoss });
  const { log } = logFile;
  const progress = showProgress(terminal, clock, signal);
  try {
    terminal.line(`Hearth ${hearthVersion}`);
    const { engines } = options;
    await using server = await startServer({
      config,
      log,
      clock,
      signal,
      onPhase: progress.phase,
      ...(engines === undefined ? {} : { engines }),
    });
    const { owner, setup } = server;
    progress.phase("starter template");
    const starter = await importStarter(setup, owner, log, signal);
    const isLoggedIn = await logInFirst(options, server, config, log);
    await progress.done();
    welcome(terminal, config, server, owner, starter.waits);
    nextSteps(terminal, options.hearth, server.accessUrl, isLoggedIn);
    if (starter.waits) {
      terminal.line("  The starter template waits for a provisioner, and is there soon after one has come:");
      terminal.line(
        "    this server runs no builds; start another on its database without HEARTH_PROVISIONER_DAEMONS=0.",
      );
      terminal.line("");
    }
    const { database, pubsub } = server;
    await watchPool({ pubsub, countWarm: () => countWarm(database.db, clock.now()) }, terminal, clock, signal);
    await untilAborted(signal).catch(() => undefined); // asked to stop
    await starter.ended;
    terminal.status("");
    terminal.line("Stopping: workspaces end, the next start brings them back.");
  } catch (error) {
    await progress.done();
    if (signal.aborted) return 0;
    log.error({ err: error }, "the server could not start");
    terminal.line(`error: ${explain(error, config)}`);
    return 1;
  }
  terminal.line("Stopped.");
  return 0;
}

/**
 * Imports the starter template; resolves when it is there, or when it waits for a provisioner, for which it goes on beside
 * what follows until `ended`.
 * @throws Error at a first start, when it cannot be imported: later ones have work to do without it
 */
async function importStarter(
  setup: Setup,
  owner: OwnerAccount,
  log: Logger,
  signal: AbortSignal,
): Promise<{ readonly waits: boolean; readonly ended: Promise<unknown> }> {
  const waits = Promise.withResolvers<true>();
  const imported = setup.ensureStarterTemplate(owner.userId, { signal, onWait: () => waits.resolve(true) });
  const tell = (error: unknown) => {
    if (!signal.aborted) log.warn({ err: error }, "the starter template could not be imported");
  };
  try {
    const isWaiting = await Promise.race([imported.then(() => false), waits.promise]);
    return { waits: isWaiting, ended: imported.catch(tell) };
  } catch (error) {
    if (owner.isNew || signal.aborted) throw error;
    tell(error);
    return { waits: false, ended: Promise.resolve() };
  }
}

function welcome(
  terminal: ServerTerminal,
  config: Config,
  server: Server,
  owner: OwnerAccount,
  isStarterWaiting: boolean,
) {
  terminal.line("");
  terminal.line(`  Open      ${server.accessUrl}`);
  for (const line of logInWith(owner)) terminal.line(line);
  terminal.line(`  Data      ${config.dataDir}`);
  terminal.line("");
  if (isStarterWaiting) {
    terminal.line(
      "  The starter template waits for a provisioner, and is there soon after one has come: start another",
    );
    terminal.line("  server on this database that runs builds (without HEARTH_PROVISIONER_DAEMONS=0).");
    terminal.line("");
  }
}

function nextSteps(terminal: ServerTerminal, hearth: string, accessUrl: string, isLoggedIn: boolean) {
  if (isLoggedIn) terminal.line("  Your command line is logged in as the owner.");
  terminal.line("  Try next, in another terminal:");
  if (!isLoggedIn) terminal.line(`    ${hearth} login ${accessUrl}`);
  terminal.line(`    ${hearth} create dev --template starter --preset small`);
  terminal.line(`    ${hearth} ssh dev`);
  terminal.line("");
}

/** Whether the command line was logged in; one that could not be is logged in by hand. */
async function logInFirst(
  { logIn, signal }: RunServerOptions,
  { owner, url, accessUrl }: Server,
  config: Config,
  log: Logger,
): Promise<boolean> {
  const password = owner.generatedPassword ?? config.firstUser.password;
  if (logIn === undefined || !owner.isNew || password === undefined) return false;
  try {
    await logIn({ url, accessUrl, email: owner.email, password });
    return true;
  } catch (error) {
    if (signal.aborted) throw error;
    log.warn({ err: error }, "the command line could not be logged in");
    return false;
  }
}

/** A generated password is shown by the start that made the account; later ones say where it lies. */
function logInWith({ email, isNew, generatedPassword, passwordFile }: OwnerAccount): string[] {
  if (generatedPassword !== undefined)
    return [`  Log in    ${email}  ${generatedPassword}`, `            kept in ${passwordFile}`];
  if (isNew) return [`  Log in    ${email} and the password you gave`];
  if (passwordFile !== undefined) return [`  Log in    ${email}, whose password is in ${passwordFile}`];
  return ["  Log in    with your account"];
}

/** Names the phase that runs when it takes longer than a second. */
function showProgress(terminal: ServerTerminal, clock: Clock, signal: AbortSignal) {
  const over = new Scope(signal);
  const state = { phase: "starting", sinceMs: clock.now() };
  const tick = async () => {
    const ended = over.signal;
    while (!ended.aborted) {
      await clock.sleep(1_000, { signal: ended, tag: "start-progress" }).catch(() => undefined); // done or interrupted
      const seconds = Math.floor((clock.now() - state.sinceMs) / 1000);
      if (!ended.aborted && seconds >= 1) terminal.status(`  ${state.phase} … ${seconds} s`);
    }
    terminal.status("");
  };
  const running = tick();
  return {
    phase: (name: string) => {
      state.phase = name;
      state.sinceMs = clock.now();
    },
    done: async () => {
      over.end();
      await running;
    },
  };
}

/** One line that says what to do. */
function explain(error: unknown, config: Config): string {
  const saysWhatToDo = [EmbeddedPostgresError, DataDirLockedError, ConfigError];
  if (error instanceof Error && saysWhatToDo.some((kind) => error instanceof kind)) return error.message;
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? String(error.code) : "";
  const { host, port } = config.httpAddress;
  switch (code) {
    case "EADDRINUSE":
      return `Port ${port} of ${host} is in use: stop what listens there, or set HEARTH_HTTP_ADDRESS=${host}:0 for a free port.`;
    case "EACCES":
      return `${error.message}: choose an address and a data directory (HEARTH_DATA_DIR) that this user may use.`;
    case "ENOSPC":
      return `There is no room left for ${config.dataDir}: free some, or set HEARTH_DATA_DIR to a larger disk.`;
    case "ECONNREFUSED":
    case "ENOTFOUND":
    case "ETIMEDOUT":
    case "28P01":
    case "28000":
    case "3D000":
      return `The database of HEARTH_PG_CONNECTION_URL cannot be reached (${error.message}): check address, user and database.`;
    default:
      return `${error.message} (details in ${join(config.dataDir, "hearth.log")} on ${hostname()})`;
  }
}
