import { spawnSync } from "node:child_process";
import { homedir } from "node:os";
import { systemClock } from "@hearth/base";
import { Interrupted } from "#means/failure.ts";
import type { Launcher } from "#means/means.ts";
import { outputRules } from "#means/output-rules.ts";
import type { Terminal } from "#means/terminal.ts";
import { reportUnexpected, type Host } from "./run.ts";

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** A signal to a whole process group comes from its sender and from our launcher: one request, not two. */
const sameRequestMs = 500;

/** This process as the place where a command runs: its signals, its streams, its last errors. */
export function processHost(launcher: Launcher): Host & { end(code: number): Promise<void> } {
  const interrupt = new AbortController();
  const hands = new DisposableStack();
  const output = outputRules(process, (code) => process.exit(code));
  const host = {
    env: process.env,
    terminal: processTerminal(),
    clock: systemClock,
    signal: interrupt.signal,
    cwd: process.cwd(),
    home: homedir(),
    launcher,
    releaseProcess: () => hands.dispose(),
    outliveOutput: output.outlive,
    /** The process ends by itself, with this status, unless its last lines are never taken. */
    async end(code: number) {
      process.exitCode = code;
      if (!(await output.settle(systemClock))) process.exit(code);
    },
  };
  let askedAtMs = 0;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    const onSignal = () => {
      if (!interrupt.signal.aborted) {
        askedAtMs = systemClock.now();
        interrupt.abort(new Interrupted(undefined, name));
      } else if (name !== "SIGHUP" && systemClock.now() - askedAtMs > sameRequestMs) {
        // Asked twice: now. A terminal that goes away is no person in a hurry, however often it is told.
        process.exit(exitCodes[name]);
      }
    };
    process.on(name, onSignal);
    hands.defer(() => process.off(name, onSignal));
  }
  const onError = (error: unknown) => {
    void reportUnexpected(error, host).finally(() => process.exit(1));
  };
  process.on("uncaughtException", onError);
  hands.defer(() => process.off("uncaughtException", onError));
  return host;
}

function processTerminal(): Terminal {
  const { stdin, stdout, stderr } = process;
  return {
    stdin,
    stdout,
    stderr,
    isInput: stdin.isTTY,
    isOutput: stdout.isTTY,
    isErrorOutput: stderr.isTTY,
    size() {
      const screen = stdout.isTTY ? stdout : stderr;
      return { columns: screen.columns || 80, rows: screen.rows || 24 };
    },
    onResize(listener) {
      process.on("SIGWINCH", listener);
      return { [Symbol.dispose]: () => process.off("SIGWINCH", listener) };
    },
    raw() {
      if (stdin.isTTY) {
        stdin.setRawMode(true);
        // Node leaves it to the terminal to put a carriage return before each line feed; what the far end draws has its
        // own. Going back to what was before, which `setRawMode` remembers, takes this back, too.
        spawnSync("stty", ["-opost"], { stdio: ["inherit", "ignore", "ignore"] });
      }
      return {
        [Symbol.dispose]: () => {
          if (stdin.isTTY) stdin.setRawMode(false);
        },
      };
    },
  };
}
