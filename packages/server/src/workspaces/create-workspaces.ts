import type { Granted, Thing } from "../access/index.ts";
import { closing, type Capability } from "../ground/lifecycle/index.ts";
import type { HostedWorkspaces, JobKind } from "../jobs/index.ts";
import { activityBatcher } from "./activity-batcher.ts";
import { sealOldBuildSecrets } from "./build-secrets.ts";
import { sealOldState } from "./build-state.ts";
import { buildJobKind, type BuildJobDeps } from "./build-job-kind.ts";
import type { CreateWorkspaceDeps } from "./create-workspace.ts";
import { hostedWorkspaces } from "./placements.ts";
import { workspaceRoutes } from "./routes.ts";

export interface Workspaces extends Capability<JobKind> {
  /** A workspace is in use: written down within a minute. */
  noteUse(granted: Granted<"workspace:update", Thing>): void;
  /** For whoever keeps what lives on a host. */
  readonly hosted: HostedWorkspaces;
}

/** Workspaces and their builds. */
export function createWorkspaces(deps: CreateWorkspaceDeps & BuildJobDeps): Workspaces {
  const activity = activityBatcher(deps);
  return {
    name: "workspaces",
    routes: workspaceRoutes(deps),
    jobKinds: { workspace_build: buildJobKind(deps) },
    sealers: { build_state: sealOldState(deps.sealKey), build_secrets: sealOldBuildSecrets(deps.sealKey) },
    opened: [closing("activity", 15_000, activity)],
    noteUse: (granted) => void activity.add(granted),
    hosted: hostedWorkspaces(deps.db),
  };
}
