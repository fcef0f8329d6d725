import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";

/** How a process ended: by itself with a status, or by a signal. */
export type Exit =
  | { readonly code: number; readonly signal: undefined }
  | { readonly code: undefined; readonly signal: NodeJS.Signals };

/** Resolves when the process itself has ended; its output may still be open, for children inherit it. */
export function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once("exit", (code, signal) =>
      resolve(signal === null ? { code: code ?? unknownExitCode, signal: undefined } : { code: undefined, signal }),
    );
  });
}

/** The exit as a status, as shells count: 128 and the signal's number for a process that a signal ended. */
export function statusOf({ code, signal }: Exit): number {
  return signal === undefined ? code : 128 + constants.signals[signal];
}

/** Stands for an exit that nobody could tell, as in timings of scripts. */
export const unknownExitCode = 255;

/** Whether somebody is left in a process group. */
export function isGroupAlive(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false; // nobody, or nobody of ours
  }
}

/**
 * Sends a signal to a process group. That it is gone, or has become another user's, is not an error: the group ended
 * by itself just before, or was never ours to end.
 */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
}
