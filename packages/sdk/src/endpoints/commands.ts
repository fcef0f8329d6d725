import { z } from "zod";
import { endpoint } from "../endpoint.ts";
import { QueryBool, QueryInt } from "../query.ts";
import {
  CommandStart,
  ExecRequest,
  RunRequest,
  SignalProcessRequest,
  WorkspaceProcess,
  WorkspaceProcesses,
} from "../schemas/commands.ts";

// Commands inside a workspace. Hearth's own; each needs `workspace:ssh`. @see docs/commands.md

/**
 * A WebSocket of binary messages, each one frame; many commands travel over one. It is cut (1008) when the right ends;
 * 4001 is a refusal whose reason begins with its code (`exec_unsupported`: use SSH).
 */
export const openCommands = endpoint({
  method: "GET",
  path: "/api/v2/workspaceagents/{workspaceagent}/exec/ws",
  operation: "open_commands",
  summary: "A connection for commands: frames over a WebSocket",
  query: z.object({ wait: z.enum(["ready", "none"]).optional() }),
  socket: true,
  responses: {},
});

/**
 * Runs one command. Events: `started`, then `stdout` and `stderr` with `{"text"}` or `{"base64"}`, at last `exit` with
 * `{"exit_code","signal"}` or `error` with `{"code","message"}`. Whoever leaves ends the command, unless it is detached.
 */
export const exec = endpoint({
  method: "POST",
  path: "/api/v2/workspaceagents/{workspaceagent}/exec",
  operation: "exec",
  summary: "Run a command, as server-sent events",
  body: ExecRequest,
  responses: { 200: "events" },
});

/** Those that run, and those that ended up to 5 minutes ago. */
export const listProcesses = endpoint({
  method: "GET",
  path: "/api/v2/workspaceagents/{workspaceagent}/processes",
  operation: "list_processes",
  summary: "Processes that were started as commands",
  responses: { 200: WorkspaceProcesses },
});

/** Always detached: it goes on when the request has ended. */
export const startProcess = endpoint({
  method: "POST",
  path: "/api/v2/workspaceagents/{workspaceagent}/processes",
  operation: "start_process",
  summary: "Start a process that outlives the request",
  body: CommandStart,
  responses: { 201: WorkspaceProcess },
});

/** 404 once it has been forgotten, 5 minutes after its end. */
export const getProcess = endpoint({
  method: "GET",
  path: "/api/v2/workspaceagents/{workspaceagent}/processes/{process}",
  operation: "get_process",
  summary: "A process that was started as a command",
  responses: { 200: WorkspaceProcess },
});

/** Its group hears it too; one that has ended is left alone. */
export const signalProcess = endpoint({
  method: "POST",
  path: "/api/v2/workspaceagents/{workspaceagent}/processes/{process}/signal",
  operation: "signal_process",
  summary: "Send a signal to a process",
  body: SignalProcessRequest,
  responses: { 204: null },
});

/**
 * `application/vnd.hearth.frames`: frames with their length before them, of output and, once it has ended, of its exit;
 * from byte `after` of both streams on. `follow` waits for more until the end.
 */
export const getProcessOutput = endpoint({
  method: "GET",
  path: "/api/v2/workspaceagents/{workspaceagent}/processes/{process}/output",
  operation: "get_process_output",
  summary: "What a process has said, and says",
  query: z.object({ after: QueryInt.optional(), follow: QueryBool.optional() }),
  responses: { 200: "raw" },
});

/**
 * Claims or builds a workspace and runs a command in it. Events: `workspace` as it was made, `build` and `log` while it is
 * built, `ready` with the agent, then as for {@link exec}, at last `deleted` where it was to be. With an `Idempotency-Key`
 * the same request does it once, and tells again what came of it.
 */
export const run = endpoint({
  method: "POST",
  path: "/api/v2/run",
  operation: "run",
  summary: "Make a workspace and run a command in it, as server-sent events",
  body: RunRequest,
  responses: { 200: "events" },
});
