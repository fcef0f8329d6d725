import { z } from "zod";
import { Uuid } from "../scalars.ts";

// Commands inside a workspace, its processes and its files. Hearth's own. @see docs/commands.md

/** How large a terminal is, in characters. */
export const TerminalSize = z.object({
  columns: z.int().min(1).max(65_535),
  rows: z.int().min(1).max(65_535),
});
export type TerminalSize = z.infer<typeof TerminalSize>;

/**
 * What to run: `argv` as it is, or `shell` by the user's shell with `-c`; exactly one of them. `env` comes over the
 * workspace's own; `directory` is absolute, relative to the workspace's directory, or begins with `~`. On a terminal where
 * `tty` says how large. `stdin`: it is fed, otherwise /dev/null. `detach`: it outlives whoever started it. `wait`: "ready"
 * (default) begins it once start scripts that block log-in have ended, "none" at once. After `timeout_ms` it gets SIGTERM,
 * and SIGKILL 5 s later.
 */
export const CommandStart = z.object({
  argv: z.array(z.string()).min(1).optional(),
  shell: z.string().optional(),
  env: z.record(z.string(), z.string()).optional(),
  directory: z.string().optional(),
  tty: TerminalSize.optional(),
  stdin: z.boolean().optional(),
  detach: z.boolean().optional(),
  timeout_ms: z.int().min(1).optional(),
  user: z.string().optional(),
  wait: z.enum(["ready", "none"]).optional(),
});
export type CommandStart = z.infer<typeof CommandStart>;

/** A process that was started, or that was attached to. */
export const CommandStarted = z.object({ process_id: Uuid, pid: z.int() });
export type CommandStarted = z.infer<typeof CommandStarted>;

/** How a command ended: by a signal, `exit_code` is 128 and its number, and `signal` its name. */
export const CommandExit = z.object({ exit_code: z.int(), signal: z.string().nullable() });
export type CommandExit = z.infer<typeof CommandExit>;

/** Why a command could not be started or followed; a newer agent may have more. */
export const commandErrorCodes = [
  "command_not_found",
  "not_executable",
  "bad_directory",
  "bad_request",
  "no_such_process",
  "too_many",
  "not_ready",
  "failed",
] as const;
/** One of {@link commandErrorCodes}. */
export type CommandErrorCode = (typeof commandErrorCodes)[number];
