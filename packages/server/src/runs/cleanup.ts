import { z } from "zod";
import { runLoop, type Clock, type Logger } from "@hearth/base";
import { authorize, type Context } from "../access/index.ts";
import type { ToldExit } from "../agents/index.ts";
import { transaction, type Db } from "../ground/database/index.ts";
import { addEffect, handleEffect, type EffectHandler, type EffectKind } from "../ground/outbox/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { jobPriority } from "../jobs/index.ts";
import {
  authorizeWorkspace,
  findVersionFacts,
  findWorkspaceOfBuild,
  insertBuild,
  lockForBuild,
  planBuild,
} from "../workspaces/index.ts";
import { endRun, findRun, forgetRuns, listLeftRuns, type RunRow } from "./store.ts";

export interface CleanupDeps {
  readonly db: Db;
  readonly pubsub: PubSub;
  readonly clock: Clock;
  readonly log: Logger;
  readonly sealKey: Buffer;
}

/** The look for runs whose server is gone. */
const lookEveryMs = 60_000;

const deletion: EffectKind<{ run_id: string }> = { name: "run_deletion", schema: z.object({ run_id: z.guid() }) };

/** Ends a run and, in the same transaction, writes down that its workspace is to go, where it is. Once, whoever asks. */
export async function finishRun(
  ctx: Context,
  { db, pubsub, clock }: Pick<CleanupDeps, "db" | "pubsub" | "clock">,
  run: Pick<RunRow, "id" | "owner_id" | "deletes">,
  exit: ToldExit | undefined,
): Promise<void> {
  const granted = authorize(ctx, "workspace:delete", { ownerId: run.owner_id });
  await transaction(ctx, db, { name: "finish_run", clock }, async (tx) => {
    const nowMs = clock.now();
    const end = {
      exit_code: exit?.exit_code ?? null,
      exit_signal: exit?.signal ?? null,
      output_bytes: exit?.outputBytes ?? null,
      endedAtMs: nowMs,
    };
    if (!(await endRun(tx, granted, run.id, end)) || !run.deletes) return;
    await addEffect(tx, pubsub, deletion, { key: run.id, payload: { run_id: run.id }, nowMs });
  });
}

/** Deletes the workspaces of runs that are over. One that is just being built is tried again. */
export function deletionHandler(ctx: (signal: AbortSignal) => Context, deps: CleanupDeps): EffectHandler {
  return handleEffect(deletion, async ({ payload }, signal) => {
    const run = await findRun(deps.db, payload.run_id);
    const workspace = run && (await findWorkspaceOfBuild(deps.db, run.build_id));
    if (workspace !== undefined) await deleteWorkspace(ctx(signal), deps, workspace.id);
  });
}

async function deleteWorkspace(ctx: Context, deps: CleanupDeps, workspaceId: string): Promise<void> {
  const { db, pubsub, clock, sealKey } = deps;
  await transaction(ctx, db, { name: "delete_after_run", isolation: "repeatable read", clock }, async (tx) => {
    const found = await lockForBuild(tx, workspaceId);
    if (found === undefined || found.workspace.deleted) return;
    const { workspace, previous } = found;
    const granted = authorizeWorkspace(ctx, "workspace:delete", workspace);
    const { owner_id: ownerId, template_id: templateId } = workspace;
    const plan = planBuild(
      { transition: "delete", ownerId, templateId, given: [], presetId: undefined },
      await findVersionFacts(tx, previous.versionId),
      previous,
    );
    await insertBuild(tx, pubsub, granted, {
      plan,
      workspaceId,
      stage: "none",
      reason: "initiator",
      priority: jobPriority.human,
      allowUnsandboxed: false,
      sealKey,
      nowMs: clock.now(),
    });
  });
}

/** Ends, at the start and once a minute, the runs whose server is gone, and forgets what ended a day ago. */
export async function runCleanup(ctx: Context, deps: CleanupDeps): Promise<void> {
  const { db, clock, log } = deps;
  const options = { name: "runs", everyMs: lookEveryMs, clock, log, signal: ctx.signal };
  await runLoop(options, async () => {
    for (const run of await listLeftRuns(db, clock.now())) await finishRun(ctx, deps, run, undefined);
    await forgetRuns(db, authorize(ctx, "workspace:delete", {}), clock.now());
  });
}
