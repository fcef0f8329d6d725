import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import type { Clock } from "@hearth/base";
import type * as api from "@hearth/sdk";
import type { Context, Granted } from "../access/index.ts";
import {
  endOtherAgents,
  type ClaimedManifests,
  madeColumns,
  madeFrom,
  madeOrder,
  madeShape,
  resourceParts,
  toMade,
  toRows,
  type WorkspaceToldOf,
} from "../agents/index.ts";
import {
  allOrNull,
  commitStatement,
  computed,
  defineStatement,
  orNull,
  sampleBytes,
  sampleId,
  sampleMs,
  stored,
  type Db,
  type Fragment,
  type RowOfShape,
  type Statement,
} from "../ground/database/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { endedJob, type JobRow } from "../jobs/index.ts";
import { initiatorIdOf, type NewWorkspaceObject } from "./access.ts";
import { announceClaimed, announceGiven } from "./announce-claim.ts";
import { buildParts } from "./build-parts.ts";
import { sealBuildSecrets } from "./build-secrets.ts";
import type { ClaimRequest, GivenAway } from "./claim.ts";
import { announceWorkspace } from "./events.ts";
import { giveAway, sampleGivenAway } from "./give-away.ts";
import type { BuildPlan } from "./plan-build.ts";
import { insufficientQuota, quotaAlone } from "./quota.ts";
import { buildColumns, jobColumns, workspaceColumns, type BuildRow, type WorkspaceRow } from "./records.ts";
import type { RenderedClaim } from "./render-claim.ts";

/** A claim that touches nothing: all that its statement writes. */
interface AtOnce {
  readonly request: GivenAway;
  readonly organizationId: string;
  readonly initiatorId: string;
  readonly plan: BuildPlan;
  readonly buildId: string;
  readonly jobId: string;
  readonly secrets: Buffer | undefined;
  readonly deadlineMs: number | undefined;
  /** Rows of resources and what is in them, as JSON; in which this text stands for the workspace's id. */
  readonly rows: string;
  readonly standsForId: string | undefined;
  /** The same of a workspace that lies in a directory of its host; there a text stands for that as well. */
  readonly onHost: { readonly rows: string; readonly standsForDirectory: string } | undefined;
  /** Whether what workspaces cost is limited where it is. */
  readonly hasQuotas: boolean;
  /** When an agent without work at a claim is ready. */
  readonly readyMs: number;
}

const shape = {
  ...allOrNull(workspaceColumns.shape),
  ...allOrNull(buildColumns.shape),
  ...allOrNull(jobColumns.shape),
  ...madeShape,
  host_key_seed: orNull(stored("workspaces.host_key_seed")),
  candidate_cost: computed.number,
  credits_consumed: orNull(computed.number),
  budget: orNull(computed.number),
} as const;

export type ClaimStatement = Statement<AtOnce, RowOfShape<typeof shape>>;

const sample: AtOnce = {
  request: sampleGivenAway,
  organizationId: sampleId,
  initiatorId: sampleId,
  plan: {
    transition: "start",
    number: 2,
    versionId: sampleId,
    presetId: sampleId,
    parameters: [],
    secretNames: [],
    tags: {},
    language: "native",
    engine: "process",
    fileId: sampleId,
  },
  buildId: sampleId,
  jobId: sampleId,
  secrets: undefined,
  deadlineMs: undefined,
  rows: "{}",
  standsForId: undefined,
  onHost: undefined,
  hasQuotas: false,
  readyMs: sampleMs,
};

/**
 * The statement that does all of a claim that touches nothing. `candidate` is the part that finds and locks the workspace:
 * `id`, and `build_number`, `build_id`, `job_id` and `daily_cost` of its latest build.
 *
 * All its parts see one snapshot: nothing is written twice, and what one stores the others take from it, not from its table.
 */
export function defineClaim(name: string, candidate: (request: GivenAway) => Fragment): ClaimStatement {
  return defineStatement({
    name,
    columns: shape,
    samples: [
      sample,
      {
        ...sample,
        hasQuotas: true,
        standsForId: "workspace",
        onHost: { rows: "{}", standsForDirectory: "/directory" },
        secrets: sampleBytes,
      },
    ],
    build: (claim: AtOnce) => textOf(candidate(claim.request), claim),
  });
}

function textOf(candidate: Fragment, claim: AtOnce): Fragment {
  const { request, plan, buildId, jobId, initiatorId, organizationId } = claim;
  const { ownerId, nowMs } = request;
  const fits = sql`(q.budget < 0 or c.daily_cost = 0 or q.credits_consumed + c.daily_cost <= q.budget)`;
  const job = {
    id: jobId,
    organizationId,
    initiatorId,
    fileId: plan.fileId,
    input: { workspace_build_id: buildId, owner_id: ownerId },
    tags: plan.tags,
    language: plan.language,
    engine: plan.engine,
    nowMs,
  };
  const { secrets, deadlineMs } = claim;
  const build = {
    id: buildId,
    jobId,
    initiatorId,
    plan,
    stage: "claim",
    reason: "initiator",
    secrets,
    deadlineMs,
    nowMs,
  } as const;
  return sql`
    with candidate as (${candidate}),
    -- Asked only where there is a candidate: its lock is waited for.
    q as materialized (${
      claim.hasQuotas
        ? sql`select spent.credits_consumed, spent.budget from candidate, ${quotaAlone({ ownerId, organizationId })} spent`
        : sql`select null::bigint as credits_consumed, -1::bigint as budget from candidate`
    }),
    w as (${giveAway(request, sql`(select ${fits} from q)`)}),
    j as (${endedJob(job, { from: sql`w`, workspaceId: sql`w.id` })}),
    ${buildParts(build)},
    input as (
      select ${rowsOf(claim)} as rows, w.id as workspace_id, w.latest_build_id as claim_of, w.latest_job_id as claim_of_job from w
    ),
    ${resourceParts({ jobId, buildId, transition: "start", nowMs, readyMs: claim.readyMs })},
    others as (${endOtherAgents(sql`(select id from w)`, nowMs)})
    select ${workspaceColumns.columns}, ${buildColumns.columns}, ${jobColumns.columns}, ${madeColumns}, w.host_key_seed,
      c.daily_cost as candidate_cost, q.credits_consumed, q.budget
    from candidate c cross join q left join w on w.id = c.id left join b on b.workspace_id = w.id left join j on j.id = b.job_id
    left join (${madeFrom}) on r.job_id = j.id
    order by ${madeOrder}`;
}

/** The rows that fit the workspace which was found, `w`, with its own in the place of what stands for them. */
function rowsOf({ rows, standsForId, onHost }: AtOnce): Fragment {
  const put = (text: Fragment, standsFor: string, value: Fragment) =>
    // As JSON writes it, without the quotes.
    sql`replace(${text}, ${standsFor}::text, substr(left(to_json(${value}::text)::text, -1), 2))`;
  const sandboxed = sql`${rows}::text`;
  const text =
    onHost === undefined
      ? sandboxed
      : sql`case when w.directory is null then ${sandboxed}
          else ${put(sql`${onHost.rows}::text`, onHost.standsForDirectory, sql`w.directory`)} end`;
  return sql`${standsForId === undefined ? sql`(${text})` : put(sql`(${text})`, standsForId, sql`w.id`)}::jsonb`;
}

export interface ClaimAtOnceDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly pubsub: PubSub;
  /** What secret values are sealed with. */
  readonly sealKey: Buffer;
  readonly claimed: ClaimedManifests;
}

/** What is claimed, and as what. */
export interface NewClaim {
  /** The build's, where whoever asks has made it up before. */
  readonly buildId?: string | undefined;
  readonly request: ClaimRequest;
  readonly ownerName: string;
  readonly templateName: string;
  readonly plan: BuildPlan;
  readonly rendered: RenderedClaim;
  readonly deadlineMs: number | undefined;
  readonly hasQuotas: boolean;
}

/** A workspace that was given away, with its build, which has ended. */
export interface ClaimedAtOnce {
  readonly workspace: WorkspaceRow;
  readonly build: BuildRow;
  readonly job: JobRow;
  readonly resources: readonly api.WorkspaceResource[];
  /** From its creation until its agents were ready; null while one has work to do. */
  readonly readyMs: number | null;
}

/**
 * Gives one ready workspace of the preset's pool to whom the grant is for, in one statement that commits by itself: its new
 * agents are there, and its sessions are theirs, when this resolves. Undefined when the pool has none.
 *
 * @throws ApiError `insufficient_quota`; what the unique indexes of names and of build numbers say, nothing done
 * @see spec/prebuilds.md §15.3 to §15.7
 */
export async function claimAtOnce(
  ctx: Context,
  { db, clock, pubsub, sealKey, claimed }: ClaimAtOnceDeps,
  statement: ClaimStatement,
  granted: Granted<"workspace:create", NewWorkspaceObject>,
  claim: NewClaim,
): Promise<ClaimedAtOnce | undefined> {
  const { ownerId, organizationId } = granted.object;
  const { plan, rendered } = claim;
  const { onHost } = rendered;
  const { nowMs } = claim.request;
  const { buildId = randomUUID() } = claim;
  const jobId = randomUUID();
  const readyMs = clock.now();
  const params: AtOnce = {
    request: {
      ...claim.request,
      mayRunUnsandboxed: claim.request.mayRunUnsandboxed && onHost !== undefined,
      needsDirectory: true,
      ownerId,
    },
    organizationId,
    initiatorId: initiatorIdOf(granted),
    plan,
    buildId,
    jobId,
    secrets: sealBuildSecrets(sealKey, buildId, plan.parameters, plan.secretNames),
    deadlineMs: claim.deadlineMs,
    rows: JSON.stringify(toRows(rendered.resources)),
    standsForId: rendered.standsForId,
    onHost: onHost && { rows: JSON.stringify(toRows(onHost.resources)), standsForDirectory: onHost.standsForDirectory },
    hasQuotas: claim.hasQuotas,
    readyMs,
  };
  return await commitStatement(
    ctx,
    db,
    { name: "create_workspace", clock },
    { statement, params },
    (rows, committed) => {
      const [row] = rows;
      if (row === undefined) return undefined;
      const { credits_consumed: consumed, budget, host_key_seed: hostKeySeed } = row;
      if (row.w_id === null) throw insufficientQuota((consumed ?? 0) + row.candidate_cost, budget ?? 0);
      if (hostKeySeed === null) throw new Error("every workspace has a seed of host keys");
      const workspace = workspaceColumns.pick(row);
      const { resources, moved, manifests } = toMade(rows, jobId, toldOf(workspace, claim, hostKeySeed), nowMs);
      const given = { workspaceId: row.w_id, ownerId };
      announceClaimed(committed, pubsub, given, moved, () => claimed.hold(manifests));
      announceGiven(committed, pubsub, given);
      announceWorkspace(committed, pubsub, given);
      const agents = rows.filter(({ id }) => id !== null);
      return {
        workspace,
        build: buildColumns.pick(row),
        job: jobColumns.pick(row),
        resources,
        readyMs: agents.every((agent) => agent.lifecycle_state === "ready") ? Math.max(0, readyMs - nowMs) : null,
      };
    },
  );
}

/** What the agents are told of the workspace that they are in. Pure. */
function toldOf(workspace: WorkspaceRow, { ownerName, templateName }: NewClaim, hostKeySeed: Buffer): WorkspaceToldOf {
  return {
    workspace_id: workspace.id,
    workspace_name: workspace.name,
    owner_id: workspace.owner_id,
    owner_name: ownerName,
    organization_id: workspace.organization_id,
    template_id: workspace.template_id,
    template_name: templateName,
    autostart_schedule: workspace.autostart_schedule,
    claim_count: workspace.claim_count,
    host_key_seed: hostKeySeed,
  };
}
