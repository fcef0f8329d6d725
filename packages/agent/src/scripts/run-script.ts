import { createWriteStream, type WriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { type Clock, type Logger, messageOf, onAbort } from "@hearth/base";
import { Log_Level, type Timing_Stage, Timing_Status } from "@hearth/wire/agent-proto";
import { expandPath } from "#environment/expand.ts";
import type { LogQueue } from "#logs/log-queue.ts";
import { LineWriter } from "#logs/line-writer.ts";
import { type Exit, unknownExitCode } from "#processes/exit.ts";
import type { Processes, RunningProcess } from "#processes/processes.ts";
import type { Surroundings } from "#processes/surroundings.ts";
import { interpret } from "#scripts/interpreter.ts";
import type { Script, ScriptTiming } from "#scripts/script.ts";

export interface ScriptServices {
  readonly processes: Processes;
  readonly surroundings: () => Surroundings;
  readonly logs: LogQueue;
  /** Told of each run once its output is over. */
  readonly onTiming: (timing: ScriptTiming) => void;
  readonly directories: ScriptDirectories;
  readonly home: string;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface ScriptDirectories {
  /** Log files whose path is relative. */
  readonly logs: string;
  /** A folder for each source below it (`CODER_SCRIPT_DATA_DIR`). */
  readonly data: string;
  /** Shared by all, first in `PATH` (`CODER_SCRIPT_BIN_DIR`). */
  readonly bin: string;
}

/** How a run counts: what the first failure of several was decides the agent's state. */
export type ScriptOutcome = "ok" | "failed" | "timed_out";

/** After the interrupt, until the kill. */
const killGraceMs = 10_000;
/** How long children may keep the output open after the script itself has ended. */
const pipesGraceMs = 10_000;

/**
 * Runs one script to its end and says how it went. Never rejects: what fails before the command starts is a failed run,
 * with a line in the script's own log.
 *
 * Resolves with the end of the script itself; its children may write on, which is still logged. `signal` interrupts it.
 * @see agents §12, rule A-21
 */
export async function runScript(
  script: Script,
  stage: Timing_Stage,
  services: ScriptServices,
  signal: AbortSignal,
): Promise<ScriptOutcome> {
  const { clock, onTiming, logs } = services;
  const startedAtMs = clock.now();
  const tell = (level: Log_Level, output: string): void =>
    logs.push(script.logSourceId, { createdAtMs: clock.now(), level, output });
  const report = (exitCode: number, status: Timing_Status): void => {
    logs.flush(script.logSourceId);
    onTiming({ scriptId: script.id, startedAtMs, endedAtMs: clock.now(), exitCode, stage, status });
  };
  try {
    const run = await begin(script, services, tell);
    const { exit, isTimedOut } = await watch(run.process, script, services, signal);
    void settle(run, services, tell).then((isOpen) =>
      report(exit.code ?? unknownExitCode, judge(exit, isTimedOut, isOpen)),
    );
    if (isTimedOut) return "timed_out";
    return exit.code === 0 ? "ok" : "failed";
  } catch (error) {
    tell(Log_Level.ERROR, `This script could not be run: ${messageOf(error)}`);
    report(unknownExitCode, Timing_Status.EXIT_FAILURE);
    return "failed";
  }
}

type Tell = (level: Log_Level, line: string) => void;

interface Run {
  readonly process: RunningProcess;
  readonly outputs: readonly Readable[];
  readonly logFile: WriteStream;
}

async function begin(script: Script, services: ScriptServices, tell: Tell): Promise<Run> {
  const { directories, processes } = services;
  const { env, directory, shell } = services.surroundings();
  const dataDirectory = join(directories.data, script.logSourceId);
  for (const path of [dataDirectory, directories.bin]) await mkdir(path, { recursive: true, mode: 0o700 });
  const logFile = await openLogFile(script, services, env);
  const scriptEnv = {
    ...env,
    CODER_SCRIPT_DATA_DIR: dataDirectory,
    HEARTH_SCRIPT_DATA_DIR: dataDirectory,
    CODER_SCRIPT_BIN_DIR: directories.bin,
    HEARTH_SCRIPT_BIN_DIR: directories.bin,
  };
  try {
    const how = interpret(script.text, shell);
    const { file, args } = how.as === "argument" ? how : await putInFile(script, how.interpreter, dataDirectory);
    const process = await processes.start({ file, args, cwd: directory, env: scriptEnv });
    follow(process.stdout, logFile, (line) => tell(Log_Level.INFO, line));
    follow(process.stderr, logFile, (line) => tell(Log_Level.ERROR, line));
    return { process, outputs: [process.stdout, process.stderr], logFile };
  } catch (error) {
    logFile.destroy();
    throw error;
  }
}

async function openLogFile(
  { logPath, logSourceId }: Script,
  { directories, home, log }: ScriptServices,
  env: Readonly<Record<string, string>>,
): Promise<WriteStream> {
  const path = expandPath(logPath || `hearth-script-${logSourceId}.log`, { env, home, base: directories.logs });
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = createWriteStream(path, { flags: "a", mode: 0o600 });
  await new Promise<void>((resolve, reject) => {
    file.once("open", () => resolve());
    file.on("error", reject);
  });
  file.on("error", (error) => log.warn({ err: error, path }, "log file of a script can no longer be written"));
  return file;
}

async function putInFile(
  script: Script,
  [file, ...args]: readonly [file: string, ...args: string[]],
  directory: string,
): Promise<{ file: string; args: readonly string[] }> {
  const path = join(directory, "script");
  await writeFile(path, script.text.trimStart(), { mode: 0o700 });
  return { file, args: [...args, path] };
}

/** Copies output to the log file and, by lines, to the server. A full disk slows nobody down: lines go on. */
function follow(output: Readable, logFile: WriteStream, onLine: (line: string) => void): void {
  const lines = new LineWriter(onLine);
  output.on("data", (chunk: Buffer) => {
    lines.write(chunk);
    if (logFile.writable && !logFile.write(chunk)) {
      output.pause();
      logFile.once("drain", () => output.resume());
      logFile.once("close", () => output.resume());
    }
  });
  output.on("error", () => undefined); // `close` follows
  output.once("close", () => lines.end());
}

/** Waits for the script itself to end; ends it when its time is over or it is to stop. */
async function watch(
  process: RunningProcess,
  { timeoutMs }: Script,
  { clock }: ScriptServices,
  signal: AbortSignal,
): Promise<{ exit: Exit; isTimedOut: boolean }> {
  const ended = new AbortController();
  let isTimedOut = false;
  const end = async (): Promise<void> => {
    process.signal("SIGINT");
    await clock.sleep(killGraceMs, { signal: ended.signal, tag: "script kill grace" });
    process.signal("SIGKILL");
  };
  const onTimeout = async (): Promise<void> => {
    await clock.sleep(timeoutMs, { signal: ended.signal, tag: "script timeout" });
    isTimedOut = true;
    await end();
  };
  const inVain = (): void => undefined; // the script has ended by itself: both give up their waiting
  const onStop = (): void => void end().catch(inVain);
  if (timeoutMs > 0) onTimeout().catch(inVain);
  if (signal.aborted) onStop();
  else signal.addEventListener("abort", onStop, { once: true });
  try {
    const exit = await process.exited;
    return { exit, isTimedOut };
  } finally {
    ended.abort();
    signal.removeEventListener("abort", onStop);
  }
}

/** Waits for the end of the output, for a while. True when somebody still holds it open then. */
async function settle({ outputs, logFile }: Run, { clock }: ScriptServices, tell: Tell): Promise<boolean> {
  let isOpen = true;
  const closed = Promise.all(outputs.map(async (output) => await whenClosed(output))).then(() => {
    isOpen = false;
    logFile.end();
  });
  using deadline = clock.timeout(pipesGraceMs, { tag: "script pipes" });
  const expired = Promise.withResolvers<void>();
  using _late = onAbort(deadline.signal, () => expired.resolve());
  await Promise.race([closed, expired.promise]);
  if (isOpen) {
    const seconds = pipesGraceMs / 1000;
    tell(
      Log_Level.WARN,
      `This script has ended, but ${seconds} s later a process it started still holds its output open. ` +
        "Redirect the output of what is to stay, for example: command > /dev/null 2>&1 &",
    );
  }
  return isOpen;
}

function whenClosed(stream: Readable): Promise<void> {
  return stream.closed ? Promise.resolve() : new Promise((resolve) => stream.once("close", () => resolve()));
}

function judge(exit: Exit, isTimedOut: boolean, isOpen: boolean): Timing_Status {
  if (isTimedOut) return Timing_Status.TIMED_OUT;
  if (exit.code !== 0) return Timing_Status.EXIT_FAILURE;
  return isOpen ? Timing_Status.PIPES_LEFT_OPEN : Timing_Status.OK;
}
