import { ApiError } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import { tellCommand } from "../agents/index.ts";
import type { Context, Granted, Thing } from "../access/index.ts";
import type { EventStream } from "../ground/http/index.ts";
import { authorizeWorkspace, findWorkspace, renderWorkspaces } from "../workspaces/index.ts";
import type { RunDeps } from "./run-workspace.ts";
import { findRun, type RunRow } from "./store.ts";

/**
 * Tells again of a run that was asked for with the same key: of one that goes on what its command says from its first byte,
 * of one that has ended its exit.
 *
 * @throws ApiError `conflict` when it was another request, or its workspace is still being made
 */
export async function repeatRun(
  ctx: Context,
  deps: Pick<RunDeps, "db" | "clock" | "commands">,
  { run, bodyHash }: { readonly run: RunRow; readonly bodyHash: Buffer },
  open: (granted: Granted<"workspace:ssh", Thing>) => EventStream,
): Promise<void> {
  if (!run.body_hash.equals(bodyHash)) {
    throw new ApiError("conflict", "The Idempotency-Key was used for another request: choose a new one.");
  }
  const found = run.workspace_id === null ? undefined : await findWorkspace(deps.db, run.workspace_id);
  const isBegun = run.process_id !== null && run.agent_id !== null;
  if (found === undefined || (run.ended_at === null && !isBegun)) {
    throw new ApiError(
      "conflict",
      "What the Idempotency-Key began has not got as far as its command: ask again in a moment.",
    );
  }
  const granted = authorizeWorkspace(ctx, "workspace:ssh", found);
  const stream = open(granted);
  const shown = await renderWorkspaces(deps.db, [found.id], { viewerId: found.owner_id, nowMs: deps.clock.now() });
  await stream.send("workspace", shown[0]);
  if (run.ended_at === null && run.process_id !== null && run.agent_id !== null) {
    const at = { agentId: run.agent_id, processId: run.process_id, signal: ctx.signal };
    await tellCommand(stream, await deps.commands.attach(granted, at), undefined);
    return;
  }
  const ended = run.exit_code === null ? await findRun(deps.db, run.id) : run;
  await (ended === undefined || ended.exit_code === null
    ? stream.send("error", { code: "failed", message: "The command was cut off before its end." })
    : stream.send("exit", { exit_code: ended.exit_code, signal: ended.exit_signal } satisfies api.CommandExit));
}
