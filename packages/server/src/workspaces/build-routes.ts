import { ApiError, endpoints } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import { listResources } from "../agents/index.ts";
import type { Db } from "../ground/database/index.ts";
import { route, type Route } from "../ground/http/index.ts";
import { grantIf, notFoundMessage, type Context, type Granted, type Thing } from "../access/index.ts";
import { jobLogHandlers } from "../jobs/index.ts";
import { authorizeWorkspace, getBuild, getWorkspace, getWorkspaceByName, type BuildWithWorkspace } from "./access.ts";
import { findBuildState, maxStateBytes, replaceBuildState } from "./build-state.ts";
import { listBuildParameters } from "./build-parameters.ts";
import { findBuildTimings } from "./build-timings.ts";
import { cancelBuild, expectedStatusOf } from "./cancel-build.ts";
import { createBuild, decodeState } from "./create-build.ts";
import type { CreateWorkspaceDeps } from "./create-workspace.ts";
import { idempotencyKeyOf } from "./idempotency.ts";
import { findForBuild, templateObjectOf } from "./lock-for-build.ts";
import { findBuildRecords, type BuildRecord } from "./records.ts";
import { renderBuilds } from "./render.ts";

/** A state can be megabytes, and comes as base64 in JSON: what a workspace may have can be put back. */
const maxStateBodyBytes = Math.ceil((maxStateBytes * 4) / 3) + 64 * 1024;

export function buildRoutes(deps: CreateWorkspaceDeps): Route[] {
  const { db, clock } = deps;
  const load = ({ ctx, params }: { ctx: Context; params: { workspacebuild: string } }) =>
    getBuild(ctx, db, params.workspacebuild);
  const logs = jobLogHandlers<"workspace:read">(deps);
  return [
    route(endpoints.builds.createBuild)({
      access: ["workspace:start", "workspace:stop", "workspace:delete", "workspace:update", "workspace:read"],
      maxBodyBytes: maxStateBodyBytes,
      load: ({ ctx, params }) => getWorkspace(ctx, db, params.workspace),
      async handle({ ctx, loaded, body, request }) {
        const key = idempotencyKeyOf(request.headers["idempotency-key"], body);
        const { granted, build, isNew } = await createBuild(ctx, deps, loaded.id, body, key);
        return { status: isNew ? 201 : 200, granted, body: build };
      },
    }),
    route(endpoints.builds.listBuilds)({
      access: "workspace:read",
      load: ({ ctx, params }) => getWorkspace(ctx, db, params.workspace),
      async handle({ loaded, query }) {
        const records = await findBuildRecords(db, {
          workspaceId: loaded.id,
          since: timeOf(query.since),
          afterId: query.after_id,
          limit: query.limit,
          offset: query.offset,
        });
        return { status: 200, granted: loaded.granted, body: await renderBuilds(db, records, clock.now()) };
      },
    }),
    route(endpoints.workspaces.getBuildByNumber)({
      access: "workspace:read",
      async load({ ctx, params }) {
        const workspace = await getWorkspaceByName(ctx, db, {
          user: params.user,
          name: params.workspacename,
          includeDeleted: false,
        });
        const [record] = await findBuildRecords(db, {
          workspaceId: workspace.id,
          number: buildNumberOf(params.buildnumber),
        });
        if (record === undefined) throw new ApiError("not_found", notFoundMessage);
        return { ...record, granted: workspace.granted };
      },
      async handle({ loaded }) {
        return { status: 200, granted: loaded.granted, body: await renderOne(db, loaded, clock.now()) };
      },
    }),
    route(endpoints.builds.getBuild)({
      access: "workspace:read",
      load,
      async handle({ loaded }) {
        return { status: 200, granted: loaded.granted, body: await renderOne(db, loaded, clock.now()) };
      },
    }),
    route(endpoints.builds.cancelBuild)({
      access: "workspace:update",
      load,
      async handle({ ctx, loaded, query }) {
        const expectStatus = expectedStatusOf(query.expect_status);
        // Seeing the build is not enough: a token that may only read must stop nothing.
        const granted = authorizeWorkspace(ctx, "workspace:update", loaded.workspace);
        await cancelBuild(ctx, deps, granted, loaded, expectStatus);
        return { status: 200, granted, body: { message: "Job has been marked as canceled..." } };
      },
    }),
    route(endpoints.builds.getBuildLogs)({
      access: "workspace:read",
      async load(call) {
        const { build, granted } = await load(call);
        return { jobId: build.job_id, granted };
      },
      handle: (call) => logs.handle(call),
      socket: (call) => logs.socket(call),
    }),
    route(endpoints.builds.listBuildParameters)({
      access: "workspace:read",
      load,
      async handle({ loaded }) {
        const parameters = await listBuildParameters(db, loaded.granted, deps.sealKey, loaded.build.id);
        return { status: 200, granted: loaded.granted, body: parameters };
      },
    }),
    route(endpoints.builds.listBuildResources)({
      access: "workspace:read",
      load,
      async handle({ loaded }) {
        const resources = await listResources(db, [loaded.build.job_id], clock.now());
        return { status: 200, granted: loaded.granted, body: resources.get(loaded.build.job_id) ?? [] };
      },
    }),
    route(endpoints.builds.getBuildTimings)({
      access: "workspace:read",
      load,
      async handle({ loaded }) {
        return { status: 200, granted: loaded.granted, body: await findBuildTimings(db, loaded.job) };
      },
    }),
    route(endpoints.builds.getWorkspaceTimings)({
      access: "workspace:read",
      load: ({ ctx, params }) => getWorkspace(ctx, db, params.workspace),
      async handle({ loaded }) {
        const [latest] = await findBuildRecords(db, { workspaceId: loaded.id, limit: 1 });
        if (latest === undefined) throw new ApiError("not_found", notFoundMessage);
        return { status: 200, granted: loaded.granted, body: await findBuildTimings(db, latest.job) };
      },
    }),
    ...stateRoutes(deps, load),
  ];
}

function stateRoutes(
  deps: CreateWorkspaceDeps,
  load: (call: { ctx: Context; params: { workspacebuild: string } }) => Promise<BuildWithWorkspace>,
): Route[] {
  return [
    route(endpoints.builds.getBuildState)({
      access: "template:update",
      load,
      async handle({ ctx, loaded }) {
        const granted = await authorizeState(ctx, deps.db, loaded);
        const state = await findBuildState(deps.db, granted, deps.sealKey, loaded.build.id);
        return { status: 200, granted, body: state ?? new Uint8Array(), contentType: "application/json" };
      },
    }),
    route(endpoints.builds.updateBuildState)({
      access: "template:update",
      maxBodyBytes: maxStateBodyBytes,
      load,
      async handle({ ctx, loaded, body }) {
        const granted = await authorizeState(ctx, deps.db, loaded);
        const state = decodeState(body.state ?? "");
        await replaceBuildState(ctx, deps, granted, loaded, state);
        return { status: 204, granted, body: undefined };
      },
    }),
  ];
}

/** State is the template's affair. Whoever sees the build knows that it has one, so this is a 403 and no 404. */
async function authorizeState(
  ctx: Context,
  db: Db,
  { workspace }: BuildWithWorkspace,
): Promise<Granted<"template:update", Thing>> {
  const found = await findForBuild(db, workspace.id);
  if (found === undefined) throw new ApiError("not_found", notFoundMessage);
  const granted = grantIf(ctx, "template:update", templateObjectOf(found));
  if (granted !== undefined) return granted;
  throw new ApiError("forbidden", "Only template managers may see or replace the state of a build.");
}

async function renderOne(db: Db, record: BuildRecord, nowMs: number): Promise<api.WorkspaceBuild> {
  const [build] = await renderBuilds(db, [record], nowMs);
  if (build === undefined) throw new Error("a record gave no build");
  return build;
}

function timeOf(text: string | undefined): Date | undefined {
  if (text === undefined || text === "") return undefined;
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time;
  throw new ApiError("bad_query", "Query parameters have invalid values.", {
    validations: [{ field: "since", detail: `"${text}" is no time of RFC 3339` }],
  });
}

function buildNumberOf(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new ApiError("bad_query", `Failed to parse build number "${text}" as integer.`);
}
