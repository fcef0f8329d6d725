import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import type { BuildReason } from "@hearth/sdk";
import {
  defineStatement,
  sampleBytes,
  sampleId,
  sampleMs,
  violatedUnique,
  type BuildJobInput,
  type Tx,
} from "../ground/database/index.ts";
import { insertJob, type JobPriority, type JobRow } from "../jobs/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { initiatorIdOf, type BuildGrant } from "./access.ts";
import { sealBuildSecrets } from "./build-secrets.ts";
import { firstPiece, sealState, storeRest, type SealedState } from "./build-state.ts";
import { announceWorkspace } from "./events.ts";
import { activeBuildError, type BuildPlan } from "./plan-build.ts";
import { requirementOf } from "./placements.ts";
import { buildColumns, type BuildRow } from "./records.ts";
import { refuseUnsandboxed } from "./unsandboxed.ts";

export type BuildStage = BuildRow["stage"];

export interface NewBuild {
  readonly plan: BuildPlan;
  /** That of the grant, or the new one. */
  readonly workspaceId: string;
  readonly stage: BuildStage;
  readonly reason: BuildReason;
  readonly priority: JobPriority;
  /**
   * What the engine begins with instead of what the last build left: bytes that somebody gave, or none for an orphan.
   * Undefined: the last build's.
   */
  readonly state?: Uint8Array | undefined;
  /** What its state and its secret values are sealed with. */
  readonly sealKey: Buffer;
  readonly logLevel?: "" | "debug" | undefined;
  /** Of a request that could have been served from a pool: why it was not. */
  readonly claimMiss?: string | undefined;
  /** `HEARTH_ALLOW_UNSANDBOXED=1`: it may run without a sandbox, whosever it is. */
  readonly allowUnsandboxed: boolean;
  readonly nowMs: number;
}

/** What a build's job says of it. @throws Error for a job of another kind: a bug of the caller */
export function buildInputOf(job: Pick<JobRow, "id" | "input">): BuildJobInput {
  if ("workspace_build_id" in job.input) return job.input;
  throw new Error(`The job ${job.id} is not a build's.`);
}

/** The build's number was taken meanwhile: somebody else's build came first. */
export function isBuildNumberTaken(error: unknown): boolean {
  return violatedUnique(error) === "workspace_builds_workspace_id_build_number_key";
}

/** The same, as the answer to whoever asked for a build. */
export function asActiveBuild(error: unknown): unknown {
  return isBuildNumberTaken(error) ? activeBuildError() : error;
}

type Stored = Omit<NewBuild, "allowUnsandboxed" | "priority" | "logLevel" | "claimMiss" | "state" | "sealKey"> & {
  readonly initiatorId: string;
};
interface Sealed {
  readonly state?: SealedState | undefined;
  readonly secrets?: Buffer | undefined;
}

const sample: Stored = {
  workspaceId: sampleId,
  initiatorId: sampleId,
  stage: "none",
  reason: "initiator",
  nowMs: sampleMs,
  plan: {
    fileId: sampleId,
    versionId: sampleId,
    presetId: sampleId,
    number: 1,
    transition: "start",
    parameters: [],
    secretNames: [],
    tags: {},
    language: "native",
    engine: "process",
  },
};

const insert = defineStatement({
  name: "workspaces.insert_build",
  columns: buildColumns.shape,
  samples: [
    { given: sample, buildId: sampleId, jobId: sampleId, sealed: {} },
    { given: sample, buildId: sampleId, jobId: sampleId, sealed: { state: [sampleBytes], secrets: sampleBytes } },
  ],
  build({ given, buildId, jobId, sealed }: { given: Stored; buildId: string; jobId: string; sealed: Sealed }) {
    const now = new Date(given.nowMs);
    return sql`
    with b as (
      insert into workspace_builds (id, workspace_id, template_version_id, template_version_preset_id, build_number, transition,
        stage, initiator_id, job_id, reason, daily_cost, created_at, updated_at)
      values (${buildId}, ${given.workspaceId}, ${given.plan.versionId}, ${given.plan.presetId}, ${given.plan.number}, ${given.plan.transition},
        ${given.stage}, ${given.initiatorId}, ${jobId}, ${given.reason},
        -- Until the build has changed something, the workspace costs what it did.
        coalesce((select last.daily_cost from workspace_builds last
          where last.workspace_id = ${given.workspaceId} and last.build_number = ${given.plan.number} - 1), 0),
        ${now}, ${now})
      returning *
    ), parameters as (
      insert into workspace_build_parameters (build_id, name, value, given_by)
      select ${buildId}, p.name, case when p.name <> all(${[...given.plan.secretNames]}::text[]) then p.value end, case
        when exists (select from template_version_parameters d
            where d.template_version_id = ${given.plan.versionId} and d.name = p.name and d.default_value = p.value)
          or exists (select from template_version_preset_parameters s
            where s.preset_id = ${given.plan.presetId}::uuid and s.name = p.name and s.value = p.value) then null
        else coalesce(last.given_by, last.author, ${given.initiatorId}::uuid) end
      from jsonb_to_recordset(${JSON.stringify(given.plan.parameters)}::jsonb) as p(name text, value text)
      left join (
        select lp.name, lp.value, lp.given_by, lv.created_by as author
        from workspace_builds lb
        join template_versions lv on lv.id = lb.template_version_id
        join workspace_build_parameters lp on lp.build_id = lb.id
        where lb.workspace_id = ${given.workspaceId} and lb.build_number = ${given.plan.number} - 1
      ) last on last.name = p.name and last.value = p.value
    )${sealed.state === undefined ? sql`` : sql`, state as (${firstPiece(buildId, sealed.state)})`}${
      sealed.secrets === undefined
        ? sql``
        : sql`, secrets as (
      insert into workspace_build_secrets (build_id, sealed) values (${buildId}, ${sealed.secrets}))`
    }
    select ${buildColumns.columns} from b`;
  },
});

/**
 * Queues a build with its values: the job, then the build and all that hangs on it in one statement. Every build comes
 * about here, so here is refused what would run without a sandbox and may not.
 *
 * A value keeps who chose it: nobody where the version says the same (a default, the preset), else whoever chose it
 * before, the author of the version that it came from, or who asks now.
 *
 * @throws BuildError `sandbox_required`
 */
export async function insertBuild(
  tx: Tx,
  pubsub: PubSub,
  granted: BuildGrant,
  given: NewBuild,
): Promise<{ build: BuildRow; job: JobRow }> {
  const { plan, workspaceId } = given;
  const { ownerId, organizationId } = granted.object;
  if ("id" in granted.object && granted.object.id !== workspaceId) throw new Error("a right on another workspace");
  const initiatorId = initiatorIdOf(granted);
  const buildId = randomUUID();
  const input: BuildJobInput = {
    workspace_build_id: buildId,
    workspace_id: workspaceId,
    owner_id: ownerId,
    ...(given.logLevel === "debug" ? { log_level: "debug" } : {}),
    ...(given.claimMiss === undefined ? {} : { claim_miss: given.claimMiss }),
  };
  const job = await insertJob(tx, pubsub, granted, {
    organizationId,
    initiatorId,
    type: "workspace_build",
    fileId: plan.fileId,
    input,
    tags: plan.tags,
    requires: requirementOf(workspaceId, plan),
    priority: given.priority,
    nowMs: given.nowMs,
  });
  const state = given.state === undefined ? undefined : sealState(given.sealKey, buildId, given.state);
  const secrets = sealBuildSecrets(given.sealKey, buildId, plan.parameters, plan.secretNames);
  const row = await insert.first(tx, {
    given: { ...given, initiatorId },
    buildId,
    jobId: job.id,
    sealed: { state, secrets },
  });
  if (row === undefined) throw new Error("the insert of a build returned no row");
  if (state !== undefined) await storeRest(tx, granted, buildId, state);
  // A claim starts nothing: what may be claimed is looked at when it is chosen.
  if (plan.transition === "start" && given.stage !== "claim" && !given.allowUnsandboxed) {
    await refuseUnsandboxed(tx, { id: buildId, nowMs: given.nowMs });
  }
  announceWorkspace(tx, pubsub, { ownerId, workspaceId });
  return { build: buildColumns.pick(row), job };
}
