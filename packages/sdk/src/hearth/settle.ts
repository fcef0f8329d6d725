import type { WorkspaceAgent } from "../schemas/agents.ts";
import type { WorkspaceBuild } from "../schemas/builds.ts";
import type { Workspace } from "../schemas/workspaces.ts";

/** The build that somebody waits for. */
export type WantedBuild = Pick<WorkspaceBuild, "id" | "build_number">;

/** How far a build and, where it is a start, the agents of it are. */
export type Progress =
  | { readonly is: "under_way" }
  | { readonly is: "done" }
  /** It will not get there; a sentence says what stands against it. */
  | { readonly is: "failed"; readonly why: string };

const underWay: Progress = { is: "under_way" };

/**
 * Whether a build has come to its end; that of a start is when its agents are connected. Commands wait for themselves for
 * what scripts a log-in has to wait for. Pure.
 */
export function progressOf(workspace: Workspace, awaited: WantedBuild): Progress {
  const { latest_build: build, name } = workspace;
  // What a stream begins with may have been read before the build was there.
  if (build.build_number < awaited.build_number) return underWay;
  if (build.id !== awaited.id) {
    return { is: "failed", why: `Another build of workspace "${name}" has begun: ${build.transition}.` };
  }
  switch (build.job.status) {
    case "pending":
    case "running":
    case "canceling":
    case "unknown":
      return underWay;
    case "failed":
      return { is: "failed", why: `The ${build.transition} of workspace "${name}" failed: ${build.job.error ?? ""}` };
    case "canceled":
      return { is: "failed", why: `The ${build.transition} of workspace "${name}" was canceled.` };
    case "succeeded":
      return build.transition === "start" ? ofAgents(topAgents(workspace), name) : { is: "done" };
  }
}

function ofAgents(agents: readonly WorkspaceAgent[], workspace: string): Progress {
  for (const { name, status, given_up_reason: reason, connection_timeout_seconds: limit } of agents) {
    if (status === "connected") continue;
    if (reason !== undefined) {
      return { is: "failed", why: `Agent "${name}" of workspace "${workspace}" is not started any more: ${reason}.` };
    }
    if (status === "timeout") {
      return {
        is: "failed",
        why: `Agent "${name}" of workspace "${workspace}" has not connected within ${limit} seconds.`,
      };
    }
    return underWay;
  }
  return { is: "done" };
}

/** The agents of the latest build that stand for themselves, in its order. */
export function topAgents({ latest_build: build }: Workspace): WorkspaceAgent[] {
  const all = build.resources.flatMap(({ agents }) => agents ?? []);
  return all.filter((agent) => agent.parent_id === null);
}
