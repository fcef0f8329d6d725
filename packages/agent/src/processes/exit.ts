import type { ChildProcess } from "node:child_process";

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

/** Stands for an exit that nobody could tell, as in timings of scripts. */
export const unknownExitCode = 255;

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
