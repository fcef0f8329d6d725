import { ApiError, endpoints } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import { route, userOf, type Route } from "../ground/http/index.ts";
import { authorizeList, notFoundMessage, type Context } from "../access/index.ts";
import { resolveOrganizationId, resolveUserName } from "../identity/index.ts";
import { authorizeWorkspace, getWorkspace, getWorkspaceByName, type GrantedWorkspace } from "./access.ts";
import { recordActivity } from "./activity.ts";
import { buildRoutes } from "./build-routes.ts";
import { autofillRoutes } from "./autofill-routes.ts";
import { createWorkspace, type CreateWorkspaceDeps } from "./create-workspace.ts";
import type { Owner } from "./plan-creation.ts";
import { listWorkspaceIds } from "./list-workspaces.ts";
import type { WorkspaceRow } from "./records.ts";
import { renderWorkspaces } from "./render.ts";
import { readAutostart, refuseName, refuseTtl, workspaceSettings } from "./settings.ts";
import { watchRoutes } from "./watch-routes.ts";
import { quotaRoutes } from "./quota-routes.ts";
import { workspaceSharingRoutes } from "./sharing-routes.ts";
import { parseWorkspaceQuery } from "./workspace-query.ts";

/** Every route of this capability. */
export function workspaceRoutes(deps: CreateWorkspaceDeps): Route[] {
  return [
    ...creationRoutes(deps),
    ...autofillRoutes(deps),
    ...readingRoutes(deps),
    ...settingRoutes(deps),
    ...workspaceSharingRoutes(deps),
    ...quotaRoutes(deps),
    ...buildRoutes(deps),
    ...watchRoutes(deps),
  ];
}

function creationRoutes(deps: CreateWorkspaceDeps): Route[] {
  const { db } = deps;

  async function create(ctx: Context, owner: Owner, request: api.CreateWorkspaceRequest, organizationId?: string) {
    const { granted, workspace } = await createWorkspace(ctx, deps, owner, request, { organizationId });
    return { status: 201 as const, granted, body: workspace };
  }

  return [
    route(endpoints.workspaces.createWorkspace)({
      access: "workspace:create",
      load: ({ ctx, params }) => resolveUserName(ctx, db, params.user),
      handle: ({ ctx, loaded, body }) => create(ctx, loaded, body),
    }),
    route(endpoints.workspaces.createMemberWorkspace)({
      access: "workspace:create",
      async load({ ctx, params }) {
        const organizationId = await resolveOrganizationId(ctx, db, params.organization);
        return { organizationId, owner: await resolveUserName(ctx, db, params.user) };
      },
      handle: ({ ctx, loaded, body }) => create(ctx, loaded.owner, body, loaded.organizationId),
    }),
  ];
}

function readingRoutes(deps: CreateWorkspaceDeps): Route[] {
  const { db, clock } = deps;
  return [
    route(endpoints.workspaces.listWorkspaces)({
      access: "workspace:read",
      async handle({ ctx, query }) {
        const nowMs = clock.now();
        const granted = authorizeList(ctx, "workspace:read");
        const { ids, count } = await listWorkspaceIds(
          ctx,
          db,
          granted,
          parseWorkspaceQuery(query.q ?? ""),
          query,
          nowMs,
        );
        const workspaces = await renderWorkspaces(db, ids, { viewerId: viewerOf(ctx), nowMs });
        return { status: 200, granted, body: { workspaces, count } };
      },
    }),
    route(endpoints.workspaces.getWorkspace)({
      access: "workspace:read",
      load: ({ ctx, params }) => getWorkspace(ctx, db, params.workspace),
      async handle({ ctx, loaded, query }) {
        if (loaded.deleted && query.include_deleted !== true) {
          throw new ApiError(
            "gone",
            `Workspace "${loaded.id}" was deleted, you can view this workspace by specifying '?include_deleted=true' and trying again.`,
          );
        }
        return { status: 200, granted: loaded.granted, body: await render(ctx, deps, loaded) };
      },
    }),
    route(endpoints.workspaces.getWorkspaceByName)({
      access: "workspace:read",
      load: ({ ctx, params, query }) =>
        getWorkspaceByName(ctx, db, {
          user: params.user,
          name: params.workspacename,
          includeDeleted: query.include_deleted === true,
        }),
      async handle({ ctx, loaded }) {
        return { status: 200, granted: loaded.granted, body: await render(ctx, deps, loaded) };
      },
    }),
    route(endpoints.workspaces.resolveAutostart)({
      access: "workspace:read",
      load: ({ ctx, params }) => getWorkspace(ctx, db, params.workspace),
      async handle({ loaded }) {
        return {
          status: 200,
          granted: loaded.granted,
          body: { parameter_mismatch: await workspaceSettings(deps).hasParameterMismatch(loaded) },
        };
      },
    }),
  ];
}

function settingRoutes(deps: CreateWorkspaceDeps): Route[] {
  const { db, clock, pubsub } = deps;
  const settings = workspaceSettings(deps);
  const load = ({ ctx, params }: { ctx: Context; params: { workspace: string } }) =>
    getWorkspace(ctx, db, params.workspace);
  const mayUpdate = (ctx: Context, workspace: WorkspaceRow) => authorizeWorkspace(ctx, "workspace:update", workspace);
  const done = (granted: GrantedWorkspace<"workspace:update">) => ({ status: 204, granted, body: undefined }) as const;
  return [
    route(endpoints.workspaces.renameWorkspace)({
      access: "workspace:update",
      load,
      handle({ ctx, loaded, body }) {
        refuseName(body);
        const granted = mayUpdate(ctx, loaded);
        settings.rename(granted, loaded);
        return done(granted);
      },
    }),
    route(endpoints.workspaces.updateWorkspaceAutostart)({
      access: "workspace:update",
      load,
      async handle({ ctx, loaded, body }) {
        const autostart = readAutostart(body.schedule);
        const granted = mayUpdate(ctx, loaded);
        await settings.setAutostart(granted, loaded, autostart);
        return done(granted);
      },
    }),
    route(endpoints.workspaces.updateWorkspaceTtl)({
      access: "workspace:update",
      load,
      async handle({ ctx, loaded, body }) {
        refuseTtl(body.ttl_ms);
        const granted = mayUpdate(ctx, loaded);
        await settings.setTtl(ctx, granted, loaded, body.ttl_ms);
        return done(granted);
      },
    }),
    route(endpoints.workspaces.extendWorkspace)({
      access: "workspace:update",
      load,
      async handle({ ctx, loaded, body }) {
        const granted = mayUpdate(ctx, loaded);
        const message = await settings.extend(ctx, granted, body.deadline);
        return { status: 200, granted, body: { message } };
      },
    }),
    route(endpoints.workspaces.updateWorkspaceDormancy)({
      access: "workspace:update",
      load,
      async handle({ ctx, loaded, body }) {
        const granted = mayUpdate(ctx, loaded);
        const hasChanged = await settings.setDormancy(ctx, granted, loaded, body.dormant === true);
        if (!hasChanged) return { status: 304, granted, body: undefined };
        return { status: 200, granted, body: await render(ctx, deps, loaded) };
      },
    }),
    route(endpoints.workspaces.updateWorkspaceAutomaticUpdates)({
      access: "workspace:update",
      load,
      async handle({ ctx, loaded, body }) {
        const granted = mayUpdate(ctx, loaded);
        await settings.setAutomaticUpdates(granted, body.automatic_updates);
        return done(granted);
      },
    }),
    route(endpoints.workspaces.favoriteWorkspace)({
      access: "workspace:update",
      load,
      async handle({ ctx, loaded }) {
        const granted = mayUpdate(ctx, loaded);
        await settings.setFavorite(granted, true);
        return done(granted);
      },
    }),
    route(endpoints.workspaces.unfavoriteWorkspace)({
      access: "workspace:update",
      load,
      async handle({ ctx, loaded }) {
        const granted = mayUpdate(ctx, loaded);
        await settings.setFavorite(granted, false);
        return done(granted);
      },
    }),
    route(endpoints.workspaces.postWorkspaceUsage)({
      access: "workspace:update",
      lenientBody: true,
      load,
      async handle({ ctx, loaded }) {
        const granted = authorizeWorkspace(ctx, "workspace:update", loaded);
        await recordActivity(ctx, db, [granted], clock.now());
        pubsub.publish("workspace_owner", loaded.owner_id, { kind: "stats_update", workspace_id: loaded.id });
        return done(granted);
      },
    }),
  ];
}

async function render(
  ctx: Context,
  { db, clock }: CreateWorkspaceDeps,
  { id }: { id: string },
): Promise<api.Workspace> {
  const [workspace] = await renderWorkspaces(db, [id], { viewerId: viewerOf(ctx), nowMs: clock.now() });
  if (workspace === undefined) throw new ApiError("not_found", notFoundMessage);
  return workspace;
}

function viewerOf(ctx: Context): string {
  return userOf(ctx).userId;
}
