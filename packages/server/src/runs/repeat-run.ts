import { ApiError } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import { CommandError, type Command } from "@hearth/sdk/commands";
import { tellCommand } from "../agents/index.ts";
import type { Context, Granted, Thing } from "../access/index.ts";
import type { EventStream } from "../ground/http/index.ts";
import { authorizeWorkspace, findWorkspaceOfBuild, renderWorkspaces } from "../workspaces/index.ts";
import type { RunDeps } from "./run-workspace.ts";
import { findRun, type RunRow } from "./store.ts";

type RepeatDeps = Pick<RunDeps, "db" | "clock" | "commands">;
type SshGrant = Granted<"workspace:ssh", Thing>;

/**
 * Tells again of a run that was asked for with the same key: what its command says from its first byte, also after its end
 * while the agent keeps it, and then how many bytes are gone, and the exit.
 *
 * @throws ApiError `conflict` when it was another request, or its workspace is still being made
 */
export async function repeatRun(
  ctx: Context,
  deps: RepeatDeps,
  { run, bodyHash }: { readonly run: RunRow; readonly bodyHash: Buffer },
  open: (granted: SshGrant) => EventStream,
): Promise<void> {
  if (!run.body_hash.equals(bodyHash)) {
    throw new ApiError("conflict", "The Idempotency-Key was used for another request: choose a new one.");
  }
  const found = await findWorkspaceOfBuild(deps.db, run.build_id);
  if (found === undefined || (run.ended_at === null && run.process_id === null)) {
    throw new ApiError(
      "conflict",
      "What the Idempotency-Key began has not got as far as its command: ask again in a moment.",
    );
  }
  const granted = authorizeWorkspace(ctx, "workspace:ssh", found);
  const stream = open(granted);
  const shown = await renderWorkspaces(deps.db, [found.id], { viewerId: found.owner_id, nowMs: deps.clock.now() });
  await stream.send("workspace", shown[0]);
  const command = await findKept(granted, deps, run, ctx.signal);
  await (command instanceof Error ? tellEnd(deps, stream, run, command) : tellCommand(stream, command, undefined));
}

/** The command, where the agent has it; else why not. @throws the signal's reason */
async function findKept(
  granted: SshGrant,
  { commands }: RepeatDeps,
  { agent_id: agentId, process_id: processId }: RunRow,
  signal: AbortSignal,
): Promise<Command | Error> {
  if (agentId === null || processId === null) return new ApiError("precondition_failed", "It has no command.");
  try {
    const command = await commands.attach(granted, { agentId, processId, signal });
    await command.started;
    return command;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ApiError || error instanceof CommandError) return error;
    throw error;
  }
}

/** What is written down of a run whose command is kept nowhere any more, or cannot be reached. */
async function tellEnd({ db }: RepeatDeps, stream: EventStream, run: RunRow, why: Error): Promise<void> {
  // It may have ended while the agent was asked.
  const { exit_code: exitCode, exit_signal: signal, output_bytes: bytes } = (await findRun(db, run.id)) ?? run;
  if (exitCode === null) {
    const message = `The command was cut off before its end, or cannot be heard now: ${why.message}`;
    return await stream.send("error", { code: "failed", message });
  }
  if (bytes !== null && bytes > 0) await stream.send("dropped", { bytes });
  await stream.send("exit", { exit_code: exitCode, signal } satisfies api.CommandExit);
}
