import { z } from "zod";
import { endpoint } from "../endpoint.ts";
import {
  CreateWorkspaceBuildRequest,
  UpdateWorkspaceBuildStateRequest,
  WorkspaceBuild,
  WorkspaceBuildParameter,
  WorkspaceBuildTimings,
  WorkspaceResource,
} from "../schemas/builds.ts";
import { Response } from "../schemas/common.ts";
import { ProvisionerJobLog } from "../schemas/provisioners.ts";
import { QueryFlag, QueryInt, QueryUuid } from "../query.ts";

/** Newest first; `since` is an instant. */
export const listBuilds = endpoint({
  method: "GET",
  path: "/api/v2/workspaces/{workspace}/builds",
  operation: "list_builds",
  summary: "Builds of a workspace",
  query: z.object({
    since: z.string().optional(),
    limit: QueryInt.optional(),
    offset: QueryInt.optional(),
    after_id: QueryUuid.optional(),
  }),
  responses: { 200: z.array(WorkspaceBuild) },
});

/**
 * 409 while another is at work. A start of an old version may be refused (403) where the template insists on the
 * active one.
 */
export const createBuild = endpoint({
  method: "POST",
  path: "/api/v2/workspaces/{workspace}/builds",
  operation: "create_build",
  summary: "Start, stop or delete a workspace",
  body: CreateWorkspaceBuildRequest,
  // 200: the same `Idempotency-Key` was sent before; the build is that of then.
  responses: { 200: WorkspaceBuild, 201: WorkspaceBuild },
});

/** 404 for a build of a workspace that the caller may not read. */
export const getBuild = endpoint({
  method: "GET",
  path: "/api/v2/workspacebuilds/{workspacebuild}",
  operation: "get_build",
  summary: "A build",
  responses: { 200: WorkspaceBuild },
});

/**
 * At once while it waits; what runs is asked to stop. 412 when it is not as `expect_status` says, 400 when it has
 * ended.
 */
export const cancelBuild = endpoint({
  method: "PATCH",
  path: "/api/v2/workspacebuilds/{workspacebuild}/cancel",
  operation: "cancel_build",
  summary: "Cancel a build",
  query: z.object({ expect_status: z.string().optional() }),
  responses: { 200: Response },
});

/**
 * In the order of ids, after `after` and before `before`. With `follow` over a WebSocket, a line a message, which
 * closes with 1000 once the job has ended.
 */
export const getBuildLogs = endpoint({
  method: "GET",
  path: "/api/v2/workspacebuilds/{workspacebuild}/logs",
  operation: "get_build_logs",
  summary: "Log of a build",
  query: z.object({
    before: QueryInt.optional(),
    after: QueryInt.optional(),
    follow: QueryFlag.optional(),
    format: z.string().optional(),
  }),
  socket: true,
  responses: { 200: z.array(ProvisionerJobLog) },
});

/** As they were given or defaulted for it, without what is for one build alone. */
export const listBuildParameters = endpoint({
  method: "GET",
  path: "/api/v2/workspacebuilds/{workspacebuild}/parameters",
  operation: "list_build_parameters",
  summary: "Parameter values of a build",
  responses: { 200: z.array(WorkspaceBuildParameter) },
});

/** The same that the build itself holds. */
export const listBuildResources = endpoint({
  method: "GET",
  path: "/api/v2/workspacebuilds/{workspacebuild}/resources",
  operation: "list_build_resources",
  summary: "Resources of a build",
  responses: { 200: z.array(WorkspaceResource) },
});

/** The bytes as the engine wrote them. For who may change the template. */
export const getBuildState = endpoint({
  method: "GET",
  path: "/api/v2/workspacebuilds/{workspacebuild}/state",
  operation: "get_build_state",
  summary: "Provisioner state of a build",
  responses: { 200: "raw" },
});

/** The engine believes it. For who may change the template. */
export const updateBuildState = endpoint({
  method: "PUT",
  path: "/api/v2/workspacebuilds/{workspacebuild}/state",
  operation: "update_build_state",
  summary: "Replace the provisioner state of a build",
  body: UpdateWorkspaceBuildStateRequest,
  responses: { 204: null },
});

/** Empty before the job has begun. */
export const getBuildTimings = endpoint({
  method: "GET",
  path: "/api/v2/workspacebuilds/{workspacebuild}/timings",
  operation: "get_build_timings",
  summary: "Timings of a build",
  responses: { 200: WorkspaceBuildTimings },
});

/** As `getBuildTimings` for whichever build is the latest. */
export const getWorkspaceTimings = endpoint({
  method: "GET",
  path: "/api/v2/workspaces/{workspace}/timings",
  operation: "get_workspace_timings",
  summary: "Timings of the latest build",
  responses: { 200: WorkspaceBuildTimings },
});
