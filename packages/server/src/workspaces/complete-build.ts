import { sql } from "kysely";
import type { BuildResult } from "@hearth/provisioner";
import { prebuildsUserId } from "@hearth/sdk";
import { authorize, type Context, type Granted, type Thing } from "../access/index.ts";
import { insertResources, softDeleteAgents } from "../agents/index.ts";
import {
  computed,
  defineStatement,
  orNull,
  sampleBytes,
  sampleId,
  sampleMs,
  stored,
  type BuildJobInput,
  type RowOf,
  type Tx,
} from "../ground/database/index.ts";
import { CompletionRefused, type JobRow } from "../jobs/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { announceClaimed } from "./announce-claim.ts";
import { dropRest, faultOfState, firstPiece, sealState, storeRest, type SealedState } from "./build-state.ts";
import { faultOfResources } from "./check-resources.ts";
import { announceWorkspace, wakePools } from "./events.ts";
import { allowedDaysOf, deadlineMs, nextStartOf, toMs } from "./schedule/index.ts";
import { placedBy } from "./placements.ts";
import { markDeleted } from "./mark-deleted.ts";

interface Completed {
  readonly job: JobRow;
  readonly input: BuildJobInput;
  readonly result: BuildResult;
  readonly nowMs: number;
}

/**
 * Stores what a build made, its state sealed, in the transaction that ends its job: deadline, state, resources and agents; the agents of
 * earlier builds end; a delete deletes. A claim's agents keep their sessions, and everybody hears of the new owner.
 *
 * @throws CompletionRefused for a result that cannot be stored, RightMissing when `ctx` may not
 * @see spec/builds.md §10.5
 */
export async function completeBuild(
  ctx: Context,
  tx: Tx,
  { pubsub, sealKey }: { readonly pubsub: PubSub; readonly sealKey: Buffer },
  { job, input, result, nowMs }: Completed,
): Promise<void> {
  const fault = faultOfResources(result.resources) ?? faultOfState(result.state);
  if (fault !== undefined) throw new CompletionRefused(fault);
  const facts = await readFacts(tx, input);
  const object = { id: facts.workspace_id, ownerId: facts.owner_id, organizationId: job.organization_id };
  const granted = authorize(ctx, "workspace:update", object);
  const state = sealState(sealKey, facts.build_id, result.state);
  await endBuild(tx, granted, { job, facts, dailyCost: result.dailyCost, state, nowMs });
  await storeRest(tx, granted, facts.build_id, state);
  const moved = await insertResources(tx, granted, {
    jobId: job.id,
    workspaceId: facts.workspace_id,
    buildId: facts.build_id,
    transition: facts.transition,
    resources: result.resources,
    nowMs,
    ...(facts.stage === "claim" && facts.previous_build_id !== null ? { claimOfBuildId: facts.previous_build_id } : {}),
  });
  await softDeleteAgents(tx, granted, { exceptBuildId: facts.build_id, nowMs });
  if (facts.transition === "delete") await markDeleted(tx, authorize(ctx, "workspace:delete", object), nowMs);
  else await moveNextStart(tx, granted, facts, nowMs);
  announceWorkspace(tx, pubsub, { ownerId: facts.owner_id, workspaceId: facts.workspace_id });
  if (facts.stage === "claim") {
    announceClaimed(tx, pubsub, { workspaceId: facts.workspace_id, ownerId: facts.owner_id }, moved);
  }
  if (facts.owner_id === prebuildsUserId) wakePools(tx, pubsub, "prebuild_built");
}

const findFacts = defineStatement({
  name: "workspaces.completion_facts",
  columns: {
    build_id: stored("workspace_builds.id"),
    transition: stored("workspace_builds.transition"),
    stage: stored("workspace_builds.stage"),
    workspace_id: stored("workspaces.id"),
    owner_id: stored("workspaces.owner_id"),
    ttl: stored("workspaces.ttl"),
    autostart_schedule: stored("workspaces.autostart_schedule"),
    default_ttl: stored("templates.default_ttl"),
    allow_user_autostop: stored("templates.allow_user_autostop"),
    autostart_block_days_of_week: stored("templates.autostart_block_days_of_week"),
    previous_build_id: orNull(computed.uuid),
  },
  samples: [{ buildId: sampleId }],
  build: ({ buildId }: { buildId: string }) => sql`
    select b.id as build_id, b.transition, b.stage, w.id as workspace_id, w.owner_id, w.ttl, w.autostart_schedule,
      t.default_ttl, t.allow_user_autostop, t.autostart_block_days_of_week,
      (select p.id from workspace_builds p where p.workspace_id = w.id and p.build_number = b.build_number - 1) as previous_build_id
    from workspace_builds b join workspaces w on w.id = b.workspace_id join templates t on t.id = w.template_id
    where b.id = ${buildId}
    -- For the state, which others may put there at the same time.
    for update of b`,
});

type Facts = RowOf<typeof findFacts>;

async function readFacts(tx: Tx, input: BuildJobInput): Promise<Facts> {
  const row = await findFacts.first(tx, { buildId: input.workspace_build_id });
  if (row === undefined) throw new CompletionRefused("The build of this job is gone.");
  return row;
}

interface BuildEnd {
  readonly job: Parameters<typeof placedBy>[0];
  readonly workspaceId: string;
  readonly buildId: string;
  readonly deadline: number | undefined;
  readonly dailyCost: number;
  readonly state: SealedState;
  readonly nowMs: number;
}

const end = defineStatement({
  name: "workspaces.end_build",
  columns: {},
  samples: [
    {
      job: { engine: "process", worker_host_id: sampleId },
      workspaceId: sampleId,
      buildId: sampleId,
      deadline: sampleMs,
      dailyCost: 0,
      state: [sampleBytes],
      nowMs: sampleMs,
    },
  ],
  build: ({ job, workspaceId, buildId, deadline, dailyCost, state, nowMs }: BuildEnd) => sql`
    with b as (
      update workspace_builds set updated_at = ${new Date(nowMs)}, daily_cost = ${dailyCost},
        deadline = ${deadline === undefined ? null : new Date(deadline)}, max_deadline = null
      where id = ${buildId}
    ), placed as (${placedBy(job, workspaceId)}), others as (${dropRest(buildId)})
    ${firstPiece(buildId, state)}`,
});

interface Ended extends Pick<BuildEnd, "dailyCost" | "state" | "nowMs"> {
  readonly job: JobRow;
  readonly facts: Facts;
}

async function endBuild(
  tx: Tx,
  { object }: Granted<"workspace:update", Thing>,
  { job, facts, dailyCost, state, nowMs }: Ended,
): Promise<void> {
  // Of every kind of build, as clients of the reference know it; only a start is stopped by it.
  const deadline =
    facts.owner_id === prebuildsUserId
      ? undefined
      : deadlineMs({
          doneMs: nowMs,
          ttlMs: toMs(facts.ttl ?? 0),
          defaultTtlMs: toMs(facts.default_ttl),
          allowsUserAutostop: facts.allow_user_autostop,
          autostartSchedule: facts.autostart_schedule,
          allowedDays: allowedDaysOf(facts.autostart_block_days_of_week),
        });
  const workspaceId = object.id;
  const buildId = facts.build_id;
  await end.run(tx, { job, workspaceId, buildId, deadline, dailyCost, state, nowMs });
}

async function moveNextStart(
  tx: Tx,
  { object }: Granted<"workspace:update", Thing>,
  facts: Facts,
  nowMs: number,
): Promise<void> {
  if (facts.autostart_schedule === null || facts.owner_id === prebuildsUserId) return;
  const next = nextStartOf(facts.autostart_schedule, allowedDaysOf(facts.autostart_block_days_of_week), nowMs);
  await tx
    .updateTable("workspaces")
    .set({ next_start_at: next === undefined ? null : new Date(next) })
    .where("id", "=", object.id)
    .execute();
}
