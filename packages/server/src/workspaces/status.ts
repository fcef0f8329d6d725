import type * as api from "@hearth/sdk";

/** What a workspace is, from its latest build. @see spec/builds.md §5.4 */
export function workspaceStatus(
  jobStatus: api.ProvisionerJobStatus,
  transition: api.WorkspaceTransition,
): api.WorkspaceStatus {
  switch (jobStatus) {
    case "pending":
    case "canceling":
    case "canceled":
    case "failed":
      return jobStatus;
    case "running":
      return whileBuilding[transition];
    case "succeeded":
      return afterBuilding[transition];
    case "unknown":
      return "failed";
  }
}

const whileBuilding = { start: "starting", stop: "stopping", delete: "deleting" } as const;
const afterBuilding = { start: "running", stop: "stopped", delete: "deleted" } as const;
