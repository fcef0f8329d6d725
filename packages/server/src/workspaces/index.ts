// workspaces: workspaces and their builds. Owns names, schedules, the build planner, what is shown of a workspace and who
// watches it. Promises: one build at a time, numbered without gaps; a stop or delete is never refused for its parameters;
// what a failed build left is kept with the failure. Announces workspace_owner, workspace_identity, object_access,
// prebuild_claimed, prebuilds_wake. Pools come in as `claimPrebuild`, so that this capability knows none.
export { createWorkspaces } from "./create-workspaces.ts";
export { authorizeWorkspace, getWorkspace, workspaceObject } from "./access.ts";
export { BuildError } from "./build-error.ts";
export { createWorkspace, type CreateWorkspaceDeps } from "./create-workspace.ts";
export { idempotencyKeyOf } from "./idempotency.ts";
export { renderWorkspaces } from "./render.ts";
export type { Owner } from "./plan-creation.ts";
export type { ClaimPrebuild, GivenAway } from "./claim.ts";
export { defineClaim, type ClaimStatement } from "./claim-at-once.ts";
export { giveAway, sampleGivenAway } from "./give-away.ts";
export { createBuild } from "./create-build.ts";
export { insertBuild } from "./insert-build.ts";
export { visible as visibleWorkspace } from "./list-workspaces.ts";
export { planBuild } from "./plan-build.ts";
export { findVersionFacts } from "./version-facts.ts";
export { findWorkspace, findWorkspaceOfBuild, insertWorkspace } from "./store.ts";
export { wakePools } from "./events.ts";
export { workspaceColumns } from "./records.ts";
export { timeToReadyMs } from "./time-to-ready.ts";
export { faultOfWorkspaceName } from "./names.ts";
export { completeOrphan } from "./orphan-delete.ts";
export { lockForBuild } from "./lock-for-build.ts";
export {
  refusalOfUnsandboxed,
  sandboxColumns,
  toSandboxFacts,
  unsandboxedMark,
  type SandboxFacts,
  type SandboxRecord,
} from "./unsandboxed.ts";
