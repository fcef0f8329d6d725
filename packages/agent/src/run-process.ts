import { systemClock } from "@hearth/base";
import { Agent } from "#agent.ts";
import { ConfigError, readConfig } from "#config.ts";
import { loadNativePty } from "#processes/native-pty.ts";
import { createLogger, toLevel } from "#stderr-logger.ts";
import { version } from "#version.ts";

/** Asked to end a second time. */
const givenUpStatus = 1;
/** The settings make no sense. */
const misusedStatus = 2;

/** The agent as a process: settings from the environment, a log on standard error, signals, an exit code. Never returns. */
export async function runProcess(): Promise<never> {
  const log = createLogger({
    level: toLevel(process.env.HEARTH_AGENT_LOG_LEVEL ?? process.env.CODER_AGENT_LOG_LEVEL),
    write: (line) => void process.stderr.write(line),
    now: () => systemClock.now(),
  });
  // People work in here, whatever becomes of our log: a full disk, a pipe whose reader left, a terminal that is gone. To
  // be told of it there would be another error of it, without end.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      if (!stop.signal.aborted) stop.abort(name);
      // A terminal that goes away is no person in a hurry, however often it is told.
      else if (name !== "SIGHUP") process.exit(givenUpStatus);
    });
  }
  // People work in here: one connection's failure must not take the others, and their terminals, with it.
  process.on("unhandledRejection", (error) => log.error({ err: error }, "a failure was not dealt with"));
  process.on("uncaughtException", (error) => log.error({ err: error }, "an error was not dealt with"));
  try {
    const config = readConfig(process.env);
    log.info({ version, pid: process.pid, server: config.serverUrl }, "the agent of a workspace starts");
    const agent = new Agent({ ...config, version, loadPty: loadNativePty, clock: systemClock, log });
    await agent.run(stop.signal);
    log.info({}, "the agent has ended");
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(misusedStatus);
  }
  process.exit(0); // children that people have started may hold handles of ours open
}
