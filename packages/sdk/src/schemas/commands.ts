import { z } from "zod";
import { Time, Uuid } from "../scalars.ts";
import { WorkspaceBuildParameter } from "./builds.ts";

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

/**
 * A command by plain HTTP: what to run, and what it is fed at once (up to 1 MiB, as text or as base64; without either its
 * input is /dev/null).
 */
export const ExecRequest = CommandStart.omit({ stdin: true }).extend({
  stdin_text: z.string().optional(),
  stdin_base64: z.base64().optional(),
});
export type ExecRequest = z.infer<typeof ExecRequest>;

/** A process of a workspace, running or ended up to 5 minutes ago. */
export const WorkspaceProcess = z.object({
  id: Uuid,
  /** How it was started: one of the two. */
  argv: z.array(z.string()).optional(),
  shell: z.string().optional(),
  directory: z.string(),
  pid: z.int(),
  /** It has a terminal. */
  tty: z.boolean(),
  /** It outlives whoever started it. */
  detached: z.boolean(),
  started_at: Time,
  ended_at: Time.nullable(),
  exit_code: z.int().nullable(),
  signal: z.string().nullable(),
  /** All that it has said; the last 16 MiB of it are kept. */
  output_bytes: z.int(),
  /** Of these, what is gone. */
  dropped_bytes: z.int(),
});
export type WorkspaceProcess = z.infer<typeof WorkspaceProcess>;

/** Those that are known to the agent, the newest last. */
export const WorkspaceProcesses = z.object({ processes: z.array(WorkspaceProcess) });
export type WorkspaceProcesses = z.infer<typeof WorkspaceProcesses>;

/** A POSIX signal to a process and its group: `SIGTERM`. */
export const SignalProcessRequest = z.object({ signal: z.string() });
export type SignalProcessRequest = z.infer<typeof SignalProcessRequest>;

/** What is at a path of a workspace. */
export const FileEntry = z.object({
  name: z.string(),
  path: z.string(),
  type: z.enum(["file", "directory", "symlink", "other"]),
  size: z.int(),
  /** Permission bits as they are written: `0644`. */
  mode: z.string(),
  modified_at: Time,
  /** Where a symlink points. */
  target: z.string().optional(),
});
export type FileEntry = z.infer<typeof FileEntry>;

/** A directory, by name; `truncated` when there are more than 10,000. */
export const FileList = z.object({ entries: z.array(FileEntry), truncated: z.boolean() });
export type FileList = z.infer<typeof FileList>;

/** A directory to make; with `parents` what is missing above it too, and none is an error that is there. */
export const MakeDirectoryRequest = z.object({
  path: z.string(),
  mode: z.string().optional(),
  parents: z.boolean().optional(),
});
export type MakeDirectoryRequest = z.infer<typeof MakeDirectoryRequest>;

/** Gives a file or directory another path; only with `overwrite` one that is taken. */
export const MoveFileRequest = z.object({ from: z.string(), to: z.string(), overwrite: z.boolean().optional() });
export type MoveFileRequest = z.infer<typeof MoveFileRequest>;

/** Texts of one file to replace, in this order: each must be there, once unless `all`. All are made, or none. */
export const EditFileRequest = z.object({
  path: z.string(),
  edits: z.array(z.object({ search: z.string(), replace: z.string(), all: z.boolean().optional() })).min(1),
});
export type EditFileRequest = z.infer<typeof EditFileRequest>;

/** How many texts were replaced. */
export const EditFileResponse = z.object({ replaced: z.int() });
export type EditFileResponse = z.infer<typeof EditFileResponse>;

/** How many files and directories came of an archive, and how large its files are together. */
export const UnpackResponse = z.object({ entries: z.int(), bytes: z.int() });
export type UnpackResponse = z.infer<typeof UnpackResponse>;

/**
 * The workspace of a run: a template (by id, or by its name in the default organization) or a version of one; the preset by
 * id or name, else the default one where the template has such. Without a name one is made up.
 */
export const RunWorkspace = z.object({
  template: z.string().optional(),
  template_id: Uuid.optional(),
  template_version_id: Uuid.optional(),
  preset: z.string().optional(),
  template_version_preset_id: Uuid.optional(),
  name: z.string().optional(),
  ttl_ms: z.int().optional(),
  rich_parameter_values: z.array(WorkspaceBuildParameter).optional(),
});
export type RunWorkspace = z.infer<typeof RunWorkspace>;

/**
 * A workspace and a command in it. Without a command the workspace is held until the client leaves. `delete: "after"` takes
 * the workspace away when the command has ended, or the client has left; `agent` names one of several.
 */
export const RunRequest = z.object({
  workspace: RunWorkspace,
  command: ExecRequest.optional(),
  agent: z.string().optional(),
  delete: z.enum(["never", "after"]).optional(),
});
export type RunRequest = z.infer<typeof RunRequest>;
