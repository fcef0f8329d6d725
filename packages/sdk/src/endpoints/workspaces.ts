import { z } from "zod";
import { endpoint } from "../endpoint.ts";
import { WorkspaceBuild } from "../schemas/builds.ts";
import { Response } from "../schemas/common.ts";
import {
  CreateWorkspaceRequest,
  PostWorkspaceUsageRequest,
  PutExtendWorkspaceRequest,
  ResolveAutostartResponse,
  UpdateWorkspaceAutomaticUpdatesRequest,
  UpdateWorkspaceAutostartRequest,
  UpdateWorkspaceDormancy,
  UpdateWorkspaceRequest,
  UpdateWorkspaceTTLRequest,
  Workspace,
  WorkspacesResponse,
} from "../schemas/workspaces.ts";
import { QueryBool, QueryInt } from "../query.ts";

/**
 * The caller's favourites first, then what runs, then by owner and name. What `q` asks for is the grammar of filters;
 * 400 names the part that cannot be read.
 */
export const listWorkspaces = endpoint({
  method: "GET",
  path: "/api/v2/workspaces",
  operation: "list_workspaces",
  summary: "List workspaces",
  query: z.object({ q: z.string().optional(), limit: QueryInt.optional(), offset: QueryInt.optional() }),
  responses: { 200: WorkspacesResponse },
});

/**
 * With a preset a warm workspace is claimed where there is one, and the answer waits for nothing else; without, the
 * build is queued. 409 for a name that the owner has; one validation for each parameter that is refused.
 */
export const createWorkspace = endpoint({
  method: "POST",
  path: "/api/v2/users/{user}/workspaces",
  operation: "create_workspace",
  summary: "Create or claim a workspace",
  body: CreateWorkspaceRequest,
  responses: { 201: Workspace },
});

/** As the other, for clients from before organizations could be told from the template. */
export const createMemberWorkspace = endpoint({
  method: "POST",
  path: "/api/v2/organizations/{organization}/members/{user}/workspaces",
  operation: "create_member_workspace",
  summary: "Create or claim a workspace (older path)",
  body: CreateWorkspaceRequest,
  responses: { 201: Workspace },
});

/** How clients find `owner/name`; 404 for a deleted one unless `include_deleted`. */
export const getWorkspaceByName = endpoint({
  method: "GET",
  path: "/api/v2/users/{user}/workspace/{workspacename}",
  operation: "get_workspace_by_name",
  summary: "A workspace by owner and name",
  query: z.object({ include_deleted: QueryBool.optional() }),
  responses: { 200: Workspace },
});

/** By owner, name and number, as addresses of the dashboard hold them; a workspace's first build is 1. */
export const getBuildByNumber = endpoint({
  method: "GET",
  path: "/api/v2/users/{user}/workspace/{workspacename}/builds/{buildnumber}",
  operation: "get_build_by_number",
  summary: "A build by number",
  responses: { 200: WorkspaceBuild },
});

/** 410 for a deleted one unless `include_deleted`. */
export const getWorkspace = endpoint({
  method: "GET",
  path: "/api/v2/workspaces/{workspace}",
  operation: "get_workspace",
  summary: "A workspace",
  query: z.object({ include_deleted: QueryBool.optional() }),
  responses: { 200: Workspace },
});

/** 409 for a name that the owner has, 405 for a deleted one. */
export const renameWorkspace = endpoint({
  method: "PATCH",
  path: "/api/v2/workspaces/{workspace}",
  operation: "rename_workspace",
  summary: "Rename a workspace",
  body: UpdateWorkspaceRequest,
  responses: { 204: null },
});

/** 400 for a schedule that cannot be read, or that the template does not allow. */
export const updateWorkspaceAutostart = endpoint({
  method: "PUT",
  path: "/api/v2/workspaces/{workspace}/autostart",
  operation: "update_workspace_autostart",
  summary: "Set the autostart schedule",
  body: UpdateWorkspaceAutostartRequest,
  responses: { 204: null },
});

/** For the next start: what runs keeps its deadline. */
export const updateWorkspaceTtl = endpoint({
  method: "PUT",
  path: "/api/v2/workspaces/{workspace}/ttl",
  operation: "update_workspace_ttl",
  summary: "Set the time to autostop",
  body: UpdateWorkspaceTTLRequest,
  responses: { 204: null },
});

/** 409 unless a start has ended and has a deadline; 304 when it is that already. */
export const extendWorkspace = endpoint({
  method: "PUT",
  path: "/api/v2/workspaces/{workspace}/extend",
  operation: "extend_workspace",
  summary: "Move the deadline of the running build",
  body: PutExtendWorkspaceRequest,
  responses: { 200: Response, 304: null },
});

/** 304 when it already is so. */
export const updateWorkspaceDormancy = endpoint({
  method: "PUT",
  path: "/api/v2/workspaces/{workspace}/dormant",
  operation: "update_workspace_dormancy",
  summary: "Make a workspace dormant, or wake it",
  body: UpdateWorkspaceDormancy,
  responses: { 200: Workspace, 304: null },
});

/** Counts from the next start on; 400 for any other word than the two. */
export const updateWorkspaceAutomaticUpdates = endpoint({
  method: "PUT",
  path: "/api/v2/workspaces/{workspace}/autoupdates",
  operation: "update_workspace_automatic_updates",
  summary: "Set automatic updates",
  body: UpdateWorkspaceAutomaticUpdatesRequest,
  responses: { 204: null },
});

/** One's own alone; it comes first in one's lists. */
export const favoriteWorkspace = endpoint({
  method: "PUT",
  path: "/api/v2/workspaces/{workspace}/favorite",
  operation: "favorite_workspace",
  summary: "Mark a workspace as favourite",
  responses: { 204: null },
});

/** Again is no fault. */
export const unfavoriteWorkspace = endpoint({
  method: "DELETE",
  path: "/api/v2/workspaces/{workspace}/favorite",
  operation: "unfavorite_workspace",
  summary: "Unmark a favourite workspace",
  responses: { 204: null },
});

/**
 * Moves its last use and its deadline. Clients send it every minute of a session; a body that cannot be read counts
 * as none.
 */
export const postWorkspaceUsage = endpoint({
  method: "POST",
  path: "/api/v2/workspaces/{workspace}/usage",
  operation: "post_workspace_usage",
  summary: "Mark a workspace as used",
  body: PostWorkspaceUsageRequest,
  responses: { 204: null },
});

/** Asked before a start that nobody attends. */
export const resolveAutostart = endpoint({
  method: "GET",
  path: "/api/v2/workspaces/{workspace}/resolve-autostart",
  operation: "resolve_autostart",
  summary: "Whether an autostart could go ahead",
  responses: { 200: ResolveAutostartResponse },
});

/** A ping, the workspace as it is, and again whenever something of it changed; a ping every 15 s. */
export const watchWorkspace = endpoint({
  method: "GET",
  path: "/api/v2/workspaces/{workspace}/watch",
  operation: "watch_workspace",
  summary: "Changes of a workspace as server-sent events",
  responses: { 200: "events" },
});

/** The same as a `ServerSentEvent` a message. Whatever the client sends closes it. */
export const watchWorkspaceSocket = endpoint({
  method: "GET",
  path: "/api/v2/workspaces/{workspace}/watch-ws",
  operation: "watch_workspace_socket",
  summary: "Changes of a workspace over a WebSocket",
  socket: true,
  responses: {},
});
