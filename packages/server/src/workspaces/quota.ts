import { sql } from "kysely";
import type { BuildJob, QuotaDecision } from "@hearth/provisioner";
import { ApiError, type WorkspaceQuota } from "@hearth/sdk";
import { authorize, type Context, type Granted, type Thing } from "../access/index.ts";
import {
  computed,
  defineStatement,
  lockOf,
  sampleId,
  takeLockOf,
  type Db,
  type Fragment,
  type Tx,
} from "../ground/database/index.ts";

/** Whose credits, and where they are spent. */
export interface Spender {
  readonly ownerId: string;
  readonly organizationId: string;
  /** What this workspace costs is left out. */
  readonly butWorkspaceId?: string | undefined;
}

const read = defineStatement({
  name: "workspaces.read_quota",
  columns: { credits_consumed: computed.number, budget: computed.number },
  samples: [{ ownerId: sampleId, organizationId: sampleId }],
  build: ({ ownerId, organizationId, butWorkspaceId }: Spender) => sql`
    select q.credits_consumed, q.budget
    from workspace_quota(${ownerId}, ${organizationId}, ${butWorkspaceId ?? null}::uuid) q`,
});

/** What somebody has spent in an organization, and may spend: credits a day. A budget of -1 is no limit. */
export async function readQuota(db: Db | Tx, spender: Spender): Promise<WorkspaceQuota> {
  const quota = await read.first(db, spender);
  if (quota === undefined) throw new Error("a quota has no row");
  return quota;
}

/** What a build would spend, beside what is spent. */
export interface Spending {
  /** By the owner's other workspaces. */
  readonly consumed: number;
  /** -1: no limit. */
  readonly budget: number;
  readonly dailyCost: number;
  /** What the workspace has been costing. */
  readonly previousCost: number;
}

/**
 * Whether the build may go on. Only what costs at least as much as before, and more than nothing, is refused: whoever is
 * over its budget can still stop, delete and shrink. Pure. @see spec/builds.md §10.4
 */
export function isWithinQuota({ consumed, budget, dailyCost, previousCost }: Spending): boolean {
  return budget < 0 || dailyCost === 0 || dailyCost < previousCost || consumed + dailyCost <= budget;
}

/**
 * Spends what a build costs, or says that it cannot be. One after another for each owner in an organization, so that of
 * those that race for the last credits as many win as there are. What a claim brought along was spent with it.
 */
export async function commitQuota(ctx: Context, tx: Tx, job: BuildJob, dailyCost: number): Promise<QuotaDecision> {
  const build = await tx
    .selectFrom("workspace_builds as b")
    .innerJoin("workspaces as w", "w.id", "b.workspace_id")
    .select(["b.id", "b.stage", "b.daily_cost", "w.id as workspace_id", "w.owner_id", "w.organization_id"])
    .where("b.id", "=", job.buildId)
    .executeTakeFirstOrThrow();
  const { workspace_id: id, owner_id: ownerId, organization_id: organizationId } = build;
  const granted = authorize(ctx, "workspace:update", { id, ownerId, organizationId });
  const spender = { ownerId, organizationId };
  await lockQuota(tx, spender);
  const { credits_consumed, budget } = await readQuota(tx, { ...spender, butWorkspaceId: id });
  const previousCost = build.daily_cost;
  const isGranted = build.stage === "claim" && dailyCost <= previousCost;
  const ok = isGranted || isWithinQuota({ consumed: credits_consumed, budget, dailyCost, previousCost });
  // What is saved is saved once it is done.
  if (ok && dailyCost > previousCost) {
    await storeCost(tx, granted, build.id, dailyCost);
  }
  return { ok, creditsConsumed: credits_consumed + (ok ? dailyCost : previousCost), budget };
}

async function storeCost(
  tx: Tx,
  { object }: Granted<"workspace:update", Thing>,
  buildId: string,
  dailyCost: number,
): Promise<void> {
  await tx
    .updateTable("workspace_builds")
    .set({ daily_cost: dailyCost })
    .where("id", "=", buildId)
    .where("workspace_id", "=", object.id)
    .execute();
}

/**
 * Refuses to go on when the owner has come to spend more than it may: for what was moved to it in this transaction.
 * @throws ApiError `insufficient_quota`
 */
export async function requireWithinBudget(tx: Tx, spender: Spender): Promise<void> {
  await lockQuota(tx, spender);
  const { credits_consumed, budget } = await readQuota(tx, spender);
  if (budget >= 0 && credits_consumed > budget) throw insufficientQuota(credits_consumed, budget);
}

/** The refusal of what would make its owner spend so much, in all. */
export function insufficientQuota(credits: number, budget: number): ApiError {
  return new ApiError(
    "insufficient_quota",
    `This workspace does not fit into the quota: with it ${credits} credits a day would be in use, of ${budget}.`,
    { detail: "Stop or delete another workspace first, or ask for a larger allowance of your groups." },
  );
}

async function lockQuota(tx: Tx, spender: Spender): Promise<void> {
  await takeLockOf(tx, "quota", lockName(spender));
}

function lockName({ ownerId, organizationId }: Spender): string {
  return `${ownerId} ${organizationId}`;
}

/**
 * For the `from` of a statement that spends: what the owner has spent and may spend, `credits_consumed` and `budget`, after
 * whoever was spending before. The statement has the lock from then on until it is committed.
 */
export function quotaAlone(spender: Spender): Fragment {
  const { ownerId, organizationId } = spender;
  return sql`workspace_quota_alone(${lockOf("quota", lockName(spender))}, ${ownerId}::uuid, ${organizationId}::uuid)`;
}
