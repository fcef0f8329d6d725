import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

/** Where a launched process finds the pipe that ends with its launcher (`end-with-launcher.mjs`). */
const launcherFd = 3;

/**
 * Runs a program in our place: it has our terminal, gets our signals, and its end is ours, by code or by signal.
 * Resolves when it has ended and `process.exitCode` is set.
 *
 * It learns of our sudden death by the end of a pipe: file descriptor `HEARTH_LAUNCHER_FD`.
 * @param {string} program
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string }} [options]
 * @returns {Promise<void>}
 */
export function runInOurPlace(program, args, { env = process.env, cwd } = {}) {
  const child = spawn(program, args, {
    stdio: ["inherit", "inherit", "inherit", "pipe"],
    env: { ...env, HEARTH_LAUNCHER_FD: String(launcherFd) },
    ...(cwd === undefined ? {} : { cwd }),
  });
  /** @type {NodeJS.Signals[]} */
  const passedOn = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR2", "SIGWINCH"];
  const handlers = passedOn.map((signal) => {
    const handler = () => {
      // The terminal has sent it to the program already; twice would mean "now" to a server that is stopping.
      if (signal !== "SIGTERM" && signal !== "SIGUSR2" && ownsTerminal()) return;
      child.kill(signal);
    };
    process.on(signal, handler);
    return { signal, handler };
  });
  // Nothing is ever written: its end is the message. The program may let go of it early.
  child.stdio[launcherFd]?.on("error", () => undefined);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      for (const each of handlers) process.off(each.signal, each.handler);
      if (signal === null) process.exitCode = code ?? 1;
      else process.kill(process.pid, signal);
      resolve();
    });
  });
}

/**
 * Whether we are in the foreground of a terminal, which then sends its signals (Ctrl-C, hanging up, a new size) to us
 * and to what we run alike. From proc(5): our process group, the terminal, and its foreground group.
 */
function ownsTerminal() {
  try {
    const stat = readFileSync("/proc/self/stat", "utf8");
    // The second field is the program's name in brackets, which may hold anything.
    const [, , group, , terminal, foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return terminal !== "0" && group === foreground;
  } catch {
    return process.stdin.isTTY === true; // no /proc: the best guess there is
  }
}
