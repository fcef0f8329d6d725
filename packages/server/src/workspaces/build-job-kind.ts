import type { Clock } from "@hearth/base";
import { authorize, type Context, type Granted, type Thing } from "../access/index.ts";
import { jobSchemas, type JobFailure } from "@hearth/provisioner";
import { prebuildsUserId } from "@hearth/sdk";
import { afterCommit, jobInputs, type BuildJobInput, type Tx } from "../ground/database/index.ts";
import { authorizeJob, defineJobKind, type JobKind, type JobRow } from "../jobs/index.ts";
import { authorizeFile } from "../templates/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { readBuildJob } from "./build-payload.ts";
import { commitQuota } from "./quota.ts";
import { faultOfState, sealState, storeBuildState } from "./build-state.ts";
import { completeBuild } from "./complete-build.ts";
import { announceWorkspace, wakePools } from "./events.ts";
import { placeWorkspace } from "./placements.ts";
import type { BuildStage } from "./insert-build.ts";

export interface BuildJobDeps {
  readonly pubsub: PubSub;
  readonly clock: Clock;
  /** What states of builds are sealed with. */
  readonly sealKey: Buffer;
  readonly accessUrl: () => string;
  readonly allowUnsandboxed: boolean;
}

/** Builds of workspaces: what workers are told, and what becomes of their results. @see spec/builds.md §9.5, §10.5, §10.6 */
export function buildJobKind(deps: BuildJobDeps): JobKind {
  const { pubsub, clock } = deps;
  return defineJobKind({
    input: jobInputs.workspace_build,
    job: jobSchemas.BuildJob,
    result: jobSchemas.BuildResult,
    payload: async (ctx, db, job, input) => {
      const granted = authorizeBuild(ctx, "workspace:read", job, input);
      return await readBuildJob(db, granted, authorizeJob(ctx, job), authorizeFile(ctx, job), job, {
        input,
        accessUrl: deps.accessUrl(),
        sealKey: deps.sealKey,
        allowUnsandboxed: deps.allowUnsandboxed,
        nowMs: clock.now(),
      });
    },
    complete: (ctx, tx, job, input, result) =>
      completeBuild(ctx, tx, deps, { job, input, result, nowMs: job.completed_at?.getTime() ?? clock.now() }),
    commitQuota,
    fail: async (ctx, tx, job, input, failure) =>
      await failBuild(ctx, tx, deps, authorizeBuild(ctx, "workspace:update", job, input), job, { input, failure }),
    changed(_job, input) {
      pubsub.publish("workspace_owner", input.owner_id, { kind: "state_change", workspace_id: input.workspace_id });
    },
  });
}

/** On the workspace of a build's job, as whose it was when it was queued. */
function authorizeBuild<A extends "workspace:read" | "workspace:update">(
  ctx: Context,
  action: A,
  job: JobRow,
  { workspace_id: id, owner_id: ownerId }: BuildJobInput,
): Granted<A, Thing> {
  return authorize(ctx, action, { id, ownerId, organizationId: job.organization_id });
}

/** Keeps what a failed build left, with its failure or not at all. @see spec/builds.md P-10 */
async function failBuild(
  ctx: Context,
  tx: Tx,
  { pubsub, clock, sealKey }: BuildJobDeps,
  granted: Granted<"workspace:update", Thing>,
  job: JobRow,
  { input, failure }: { readonly input: BuildJobInput; readonly failure: JobFailure },
): Promise<void> {
  if (failure.state !== undefined) {
    const buildId = input.workspace_build_id;
    const fault = faultOfState(failure.state);
    if (fault !== undefined) ctx.log.warn({ buildId, jobId: job.id, fault }, "a state over the limit is kept");
    await storeBuildState(tx, granted, buildId, sealState(sealKey, buildId, failure.state));
    await placeWorkspace(tx, granted, job);
  }
  const build = await tx
    .updateTable("workspace_builds")
    .set({ updated_at: new Date(clock.now()) })
    .where("id", "=", input.workspace_build_id)
    .returning("stage")
    .executeTakeFirst();
  announceBuildEnd(tx, pubsub, input, build?.stage);
}

/** Tells of a build that ended without success, failed or canceled before anybody took it. */
export function announceBuildEnd(tx: Tx, pubsub: PubSub, input: BuildJobInput, stage: BuildStage | undefined): void {
  const workspaceId = input.workspace_id;
  announceWorkspace(tx, pubsub, { ownerId: input.owner_id, workspaceId });
  // An agent that waits to learn whose it is must not wait for ever (agents spec, A-22).
  if (stage === "claim") {
    afterCommit(tx, () =>
      pubsub.publish("prebuild_claimed", workspaceId, { workspace_id: workspaceId, reason: "claim_failed" }),
    );
  }
  if (input.owner_id === prebuildsUserId) wakePools(tx, pubsub, "prebuild_failed");
}
