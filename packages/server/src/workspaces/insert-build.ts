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
import { buildParts, type StoredBuild } from "./build-parts.ts";
import { sealBuildSecrets } from "./build-secrets.ts";
import { firstPiece, sealState, storeRest, type SealedState } from "./build-state.ts";
import { announceWorkspace } from "./events.ts";
import { activeBuildError, type BuildPlan } from "./plan-build.ts";
import { requirementOf } from "./placements.ts";
import { buildColumns, type BuildRow } from "./records.ts";
import { refuseUnsandboxed } from "./unsandboxed.ts";

export type BuildStage = BuildRow["stage"];

export interface NewBuild {
  /** Where whoever asks has made it up before. */
  readonly id?: string | undefined;
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

const sample: StoredBuild = {
  id: sampleId,
  jobId: sampleId,
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
    { workspaceId: sampleId, build: sample },
    { workspaceId: sampleId, build: { ...sample, secrets: sampleBytes }, state: [sampleBytes] },
  ],
  build: ({
    workspaceId,
    build,
    state,
  }: {
    workspaceId: string;
    build: StoredBuild;
    state?: SealedState | undefined;
  }) => sql`
    with w as (select ${workspaceId}::uuid as id, ${build.plan.number - 1}::integer as latest_build_number),
    ${buildParts(build)}${state === undefined ? sql`` : sql`, state as (${firstPiece(build.id, state)})`}
    select ${buildColumns.columns} from b`,
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
  const buildId = given.id ?? randomUUID();
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
  const { stage, reason, nowMs } = given;
  const build = { id: buildId, jobId: job.id, initiatorId, plan, stage, reason, secrets, nowMs };
  const row = await insert.first(tx, { workspaceId, build, state });
  if (row === undefined) throw new Error("the insert of a build returned no row");
  if (state !== undefined) await storeRest(tx, granted, buildId, state);
  // A claim starts nothing: what may be claimed is looked at when it is chosen.
  if (plan.transition === "start" && given.stage !== "claim" && !given.allowUnsandboxed) {
    await refuseUnsandboxed(tx, { id: buildId, nowMs: given.nowMs });
  }
  announceWorkspace(tx, pubsub, { ownerId, workspaceId });
  return { build: buildColumns.pick(row), job };
}
