import { endpoints, type WorkspaceEvent } from "@hearth/sdk";
import type { Query } from "@tanstack/react-query";
import { reads, type EndpointMeta } from "./query.ts";

/** What some events said has changed. */
export interface Touched {
  readonly everything: boolean;
  readonly workspaceIds: ReadonlySet<string>;
}

export function touchedBy(events: readonly WorkspaceEvent[]): Touched {
  return {
    everything: events.some((event) => event.kind === "resync"),
    workspaceIds: new Set(events.map((event) => event.workspace_id)),
  };
}

/**
 * Whether a query shows something that changed, and so has to be read again. Lists and pools count whenever any
 * workspace changed: whether a changed one belongs into a filtered page only the server can tell.
 */
export function isTouched(query: Pick<Query, "queryKey" | "meta" | "state">, touched: Touched): boolean {
  if (touched.everything) return true;
  if (touched.workspaceIds.size === 0) return false;
  if (reads(query, endpoints.workspaces.listWorkspaces, endpoints.hearth.listPools)) return true;
  if (reads(query, endpoints.workspaces.getWorkspaceByName, endpoints.workspaces.getWorkspace)) {
    const data = query.state.data as { id: string } | undefined; // both answer a workspace
    return data !== undefined && touched.workspaceIds.has(data.id);
  }
  const { workspaceId } = (query.meta ?? {}) as Partial<EndpointMeta>;
  return workspaceId !== undefined && touched.workspaceIds.has(workspaceId);
}
