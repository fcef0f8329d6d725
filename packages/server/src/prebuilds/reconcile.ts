import type { Clock, Logger } from "@hearth/base";
import { authorize, type Context } from "../access/index.ts";
import { releaseSessionLock, transaction, tryTakeSessionLock, type Database } from "../ground/database/index.ts";
import type { Room } from "../ground/disk/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { addPoolMember, organizationsWithoutPoolMember } from "../identity/index.ts";
import { executeSteps } from "./executors.ts";
import { eachOf, parallelismOf } from "./parallelism.ts";
import { isSkippable, planPool, type PoolRules } from "./plan-pool.ts";
import { poolState } from "./pool-state.ts";
import { viewsOf, type PoolSnapshot, type PoolView } from "./pool-view.ts";
import { readSettings } from "./prebuilds-settings.ts";
import { readSnapshot } from "./snapshot.ts";

export interface ReconcileDeps {
  readonly database: Database;
  readonly pubsub: PubSub;
  readonly clock: Clock;
  readonly log: Logger;
  readonly rules: PoolRules;
  /** `HEARTH_ALLOW_UNSANDBOXED=1`. */
  readonly allowUnsandboxed: boolean;
  /** What builds are told and leave in confidence is sealed with it. */
  readonly sealKey: Buffer;
  /** Of the disk; without it there always is. */
  readonly room?: Room | undefined;
}

export interface CycleResult {
  readonly outcome: "done" | "paused" | "locked";
  readonly presets: number;
  readonly reconciled: number;
}

/**
 * Looks at every pool once and moves each one step towards what is wanted. Another replica that is at it already makes
 * this one leave at once. One preset's failure is logged and touches no other.
 *
 * The lock is held on a connection of its own and taken before the snapshot, which so cannot be older than the lock;
 * losing that connection is tolerated: two replicas may make one too many, and later cycles converge.
 * @see spec/prebuilds.md §5
 */
export async function reconcilePools(ctx: Context, deps: ReconcileDeps): Promise<CycleResult> {
  const client = await deps.database.pool.connect();
  let fault: Error | undefined;
  // Without a listener the loss of the connection would end the process; the cycle goes on without the lock.
  const onError = (error: Error) => (fault = error);
  client.on("error", onError);
  try {
    if (!(await tryTakeSessionLock(client, "prebuilds"))) return { outcome: "locked", presets: 0, reconciled: 0 };
    try {
      return await runCycle(ctx, deps);
    } finally {
      if (fault === undefined) await releaseSessionLock(client, "prebuilds");
    }
  } finally {
    client.off("error", onError);
    client.release(fault);
  }
}

async function runCycle(ctx: Context, deps: ReconcileDeps): Promise<CycleResult> {
  const { database, clock, log, rules, allowUnsandboxed } = deps;
  const { db } = database;
  if ((await readSettings(db, authorize(ctx, "prebuilds_settings:read", {}))).reconciliation_paused)
    return { outcome: "paused", presets: 0, reconciled: 0 };
  // Of any template: which have pools is not known before.
  const granted = authorize(ctx, "template:read", {});
  const snapshot = await transaction(
    ctx,
    db,
    { name: "prebuilds_snapshot", isolation: "repeatable read", readOnly: true, clock },
    (tx) => readSnapshot(tx, granted, { rules, nowMs: clock.now(), allowUnsandboxed }),
  );
  await joinOrganizations(ctx, deps, snapshot);
  const work = worthALook(snapshot);
  const failed = await eachOf(work, parallelismOf(database.maxConnections), async (view) => {
    if (!ctx.signal.aborted) await reconcilePool(ctx, deps, view);
  });
  // What was given up in the middle has not failed.
  ctx.signal.throwIfAborted();
  for (const { item, error } of failed) {
    log.warn({ err: error, presetId: item.preset.id, preset: item.preset.name }, "a pool could not be reconciled");
  }
  return { outcome: "done", presets: snapshot.presets.length, reconciled: work.length };
}

/**
 * Sees to it that the pools' own user is a member wherever there is a pool, with a group that can be given an allowance.
 * One organization's failure is logged and stops nothing: the next cycle tries again. @see spec/prebuilds.md §13
 */
async function joinOrganizations(
  ctx: Context,
  { database, clock, log }: ReconcileDeps,
  { presets }: PoolSnapshot,
): Promise<void> {
  const organizationIds = [...new Set(presets.map((preset) => preset.organizationId))];
  for (const organizationId of await organizationsWithoutPoolMember(database.db, organizationIds)) {
    try {
      const granted = authorize(ctx, "organization_member:create", { organizationId });
      await addPoolMember(database.db, granted, clock.now());
    } catch (error) {
      log.warn({ err: error, organizationId }, "the pools' own user could not join an organization");
    }
  }
}

function worthALook(snapshot: PoolSnapshot): PoolView[] {
  const views = viewsOf(snapshot);
  return snapshot.presets.map(({ id }) => views.get(id)).filter((view) => !isSkippable(view));
}

async function reconcilePool(ctx: Context, deps: ReconcileDeps, view: PoolView): Promise<void> {
  const nowMs = deps.clock.now();
  const { scheduleProblem } = poolState(view, nowMs);
  if (scheduleProblem !== undefined) {
    deps.log.error(
      { presetId: view.preset.id, problem: scheduleProblem },
      "a preset's schedules cannot be used, its base count holds",
    );
  }
  // On a full disk nothing is made; the next cycle looks again. What is too many goes all the same, and makes room.
  const canCreate = (await deps.room?.isShort()) !== true;
  const steps = planPool(view, deps.rules, nowMs).filter((step) => canCreate || step.do !== "create");
  if (steps.length > 0) await executeSteps(ctx, { ...deps, db: deps.database.db }, view, steps);
}
