// Workspaces for programs: `Hearth` finds and makes them, a `HearthWorkspace` runs commands, moves files, reaches ports. What a
// program installs as `@hearth/sdk`. Runs in Node from 20 on, Bun, Deno and browsers, and loads no schema: of the words of the
// API it takes the types alone.
export { Hearth, type HearthOptions, type ListOptions } from "./hearth.ts";
export type { ClaimOptions, CreateOptions } from "./create.ts";
export type { WantedWorkspace, ParameterValue } from "./choose.ts";
export { HearthWorkspace, type ExtendOptions, type WaitOptions } from "./workspace.ts";
export type { CommandSettings, ExecOptions } from "./exec.ts";
export { ExecFailed, type CommandLine, type ExecResult, type ExitStatus } from "./exec-result.ts";
export type { FileChange, FileEdit, FileOptions, ReadOptions, WorkspaceFiles, WriteOptions } from "./files.ts";
export type { LogLine, LogOptions } from "./logs.ts";
export type { ListeningPort, PortConnection, WorkspacePorts } from "./ports.ts";
export type { RunningProcess, Terminal } from "./process.ts";
export type { AttachOptions, PtyOptions, SpawnOptions } from "./spawn.ts";
export type { BytesSource } from "./streams.ts";
export { CommandError } from "../commands/command-error.ts";
export { ChoiceError, SetupError, WorkspaceFailed } from "./errors.ts";
export { ApiError, type ApiErrorOptions } from "../api-error.ts";
export { errorCodes, type ErrorCode } from "../error-codes.ts";
export type { WebSocketClass } from "./sockets.ts";
export type { Client } from "../client.ts";
export type { FileEntry, TerminalSize, WorkspaceProcess } from "../schemas/commands.ts";
export type { Workspace } from "../schemas/workspaces.ts";
export type { WorkspaceAgent } from "../schemas/agents.ts";
export type { WorkspaceStatus } from "../schemas/builds.ts";
export type { ValidationError } from "../schemas/common.ts";
