// workspaces: workspaces and their builds. Owns names, schedules, the build planner, what is shown of a workspace and who
// watches it. Promises: one build at a time, numbered without gaps; a stop or delete is never refused for its parameters;
// what a failed build left is kept with the failure. Announces workspace_owner, workspace_identity, prebuild_claimed,
// prebuilds_wake. Pools come in as `claimPrebuild`, so that this capability knows none.
export { BuildError, type BuildErrorKind } from "./build-error.ts";
export { createWorkspace, type ClaimOutcome, type CreateWorkspaceDeps } from "./create-workspace.ts";
export type { Owner } from "./plan-creation.ts";
export type { ClaimPrebuild, ClaimRequest } from "./claim.ts";
export { createBuild, type CreateBuildDeps } from "./create-build.ts";
export { renderWorkspaces } from "./render.ts";
export { insertBuild, isBuildNumberTaken, type NewBuild } from "./insert-build.ts";
export { planBuild, type BuildPlan } from "./plan-build.ts";
export { findVersionFacts, type PresetFacts, type VersionWithPools } from "./version-facts.ts";
export { findWorkspace, insertWorkspace, lockWorkspace, markDeleted } from "./store.ts";
export { announceWorkspace, wakePools } from "./events.ts";
export { workspaceColumns, latestBuildJoin, type WorkspaceRow } from "./records.ts";
export { faultOfWorkspaceName } from "./names.ts";
export { buildJobKind, type BuildJobDeps } from "./build-job-kind.ts";
export { completeOrphan } from "./orphan-delete.ts";
export { findForBuild, lockForBuild, type WorkspaceForBuild } from "./lock-for-build.ts";
export { recordActivity } from "./activity.ts";
export { activityBatcher } from "./activity-batcher.ts";
export { workspaceRoutes } from "./routes.ts";
export { mayRunUnsandboxed, unsandboxedMark } from "./unsandboxed.ts";
