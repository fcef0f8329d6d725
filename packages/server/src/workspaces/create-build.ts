import type { Clock } from "@hearth/base";
import { ApiError } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import { transaction, type Db, type Tx } from "../ground/database/index.ts";
import type { Room } from "../ground/disk/index.ts";
import { givenId, userOf } from "../ground/http/index.ts";
import { can, notFoundMessage, type Context } from "../access/index.ts";
import { jobPriority, matchedProvisioners, noteWait, type JobRow } from "../jobs/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { authorizeWorkspace, workspaceObject, type BuildAction, type GrantedWorkspace } from "./access.ts";
import { BuildError } from "./build-error.ts";
import { maxStateBytes } from "./build-state.ts";
import { findBuildOfKey, rememberKey, type IdempotencyKey } from "./idempotency.ts";
import { asActiveBuild, insertBuild, type NewBuild } from "./insert-build.ts";
import { lockForBuild, templateObjectOf, type WorkspaceForBuild } from "./lock-for-build.ts";
import { completeOrphan } from "./orphan-delete.ts";
import { planBuild } from "./plan-build.ts";
import { findBuildRecords, type BuildRow } from "./records.ts";
import { renderBuilds } from "./render.ts";
import { toApiBuild } from "./to-api-build.ts";
import { findVersionFacts } from "./version-facts.ts";

export interface CreateBuildDeps {
  readonly db: Db;
  readonly pubsub: PubSub;
  readonly clock: Clock;
  /** What states of builds and secret values are sealed with. */
  readonly sealKey: Buffer;
  /** `HEARTH_ALLOW_UNSANDBOXED=1`. */
  readonly allowUnsandboxed: boolean;
  /** Of the disk; without it there always is. */
  readonly room?: Room | undefined;
}

export interface CreatedBuild {
  /** To read the workspace, where the build was there already. */
  readonly granted: GrantedWorkspace<BuildAction | "workspace:read">;
  readonly build: api.WorkspaceBuild;
  readonly isNew: boolean;
}

/**
 * Queues a start, stop or delete of a workspace. Resolves once the request is durable. With an idempotency key that was
 * seen before it is the build of then, `isNew` false.
 *
 * @throws ApiError in the order of spec/builds.md §6.2; BuildError for what the template version refuses
 */
export async function createBuild(
  ctx: Context,
  deps: CreateBuildDeps,
  workspaceId: string,
  request: api.CreateWorkspaceBuildRequest,
  idempotencyKey?: IdempotencyKey,
): Promise<CreatedBuild> {
  const { db, clock } = deps;
  const nowMs = clock.now();
  try {
    const made = await transaction(
      ctx,
      db,
      { name: "create_build", isolation: "repeatable read", clock },
      async (tx) => {
        const known = idempotencyKey && (await findBuildOfKey(tx, workspaceId, idempotencyKey, nowMs));
        if (known !== undefined) return { knownId: known };
        const inserted = await insertRequested(tx, ctx, deps, { workspaceId, request, idempotencyKey, nowMs });
        return { ...inserted, matched: await matchedProvisioners(tx, inserted.job, nowMs) };
      },
    );
    if ("knownId" in made) return await findMade(ctx, db, made.knownId, nowMs);
    return { granted: made.granted, build: await answer(ctx, deps, made), isNew: true };
  } catch (caught) {
    const error = asActiveBuild(caught);
    if (idempotencyKey === undefined || !(error instanceof BuildError) || error.kind !== "build_active") throw error;
    // The active build may be that of the same request, sent twice at once.
    const twin = await findBuildOfKey(db, workspaceId, idempotencyKey, nowMs);
    if (twin === undefined) throw error;
    return await findMade(ctx, db, twin, nowMs);
  }
}

interface Made {
  readonly granted: GrantedWorkspace<BuildAction>;
  readonly found: WorkspaceForBuild;
  readonly build: BuildRow;
  readonly job: JobRow;
}

interface Requested {
  readonly workspaceId: string;
  readonly request: api.CreateWorkspaceBuildRequest;
  readonly idempotencyKey: IdempotencyKey | undefined;
  readonly nowMs: number;
}

async function insertRequested(tx: Tx, ctx: Context, deps: CreateBuildDeps, requested: Requested): Promise<Made> {
  const { workspaceId, request, idempotencyKey, nowMs } = requested;
  const found = await lockForBuild(tx, workspaceId);
  if (found === undefined) throw new ApiError("not_found", notFoundMessage);
  const granted = authorizeBuild(ctx, found, request);
  const { workspace, previous, template } = found;
  const versionId = givenId(request.template_version_id) ?? previous.versionId;
  const version = await findVersionFacts(tx, versionId);
  const plan = planBuild(
    {
      transition: request.transition,
      ownerId: workspace.owner_id,
      templateId: workspace.template_id,
      given: request.rich_parameter_values ?? [],
      presetId: givenId(request.template_version_preset_id),
    },
    version,
    previous,
  );
  const isOld = request.transition === "start" && plan.versionId !== template.active_version_id;
  if (isOld && template.require_active_version && !can(ctx, "template:update", templateObjectOf(found))) {
    throw new BuildError(
      "not_active_version",
      `The template "${template.name}" requires its active version: update the workspace.`,
    );
  }
  // What stops and deletes makes room.
  if (request.transition === "start") await deps.room?.require("A start");
  if (request.transition === "start" && workspace.dormant_at !== null) await wake(tx, granted, nowMs);
  const { build, job } = await insertBuild(tx, deps.pubsub, granted, {
    plan,
    workspaceId,
    stage: "none",
    // Only starts and stops have reasons of their own.
    reason: request.transition === "delete" ? "initiator" : (request.reason ?? "initiator"),
    priority: jobPriority.human,
    state: stateOf(request),
    sealKey: deps.sealKey,
    logLevel: request.log_level ?? "",
    allowUnsandboxed: deps.allowUnsandboxed,
    nowMs,
  });
  if (idempotencyKey !== undefined) await rememberKey(tx, granted, idempotencyKey, { buildId: build.id, nowMs });
  if (request.orphan !== true) return { granted, found, build, job };
  return {
    granted,
    found,
    build,
    job: await completeOrphan(tx, deps.pubsub, granted, { job, buildId: build.id, nowMs }),
  };
}

/** Steps 1 to 3 of spec/builds.md §6.2, and what the request's fields exclude of each other. */
function authorizeBuild(
  ctx: Context,
  found: WorkspaceForBuild,
  request: api.CreateWorkspaceBuildRequest,
): GrantedWorkspace<BuildAction> {
  const { workspace } = found;
  if (!can(ctx, "workspace:read", workspaceObject(workspace))) throw new ApiError("not_found", notFoundMessage);
  if (workspace.deleted && request.transition !== "delete") {
    throw new ApiError("conflict", `Cannot ${request.transition} a deleted workspace!`, {
      detail: "This workspace has been deleted and cannot be modified.",
    });
  }
  const isWaking = request.transition === "start" && workspace.dormant_at !== null;
  const action = isWaking ? "workspace:update" : (`workspace:${request.transition}` as const);
  const granted = authorizeWorkspace(ctx, action, workspace);
  const touchesState = request.orphan === true || hasState(request);
  if (touchesState && !can(ctx, "template:update", templateObjectOf(found))) {
    throw new ApiError("forbidden", "Only template managers may provide custom state or orphan a workspace.");
  }
  refuseContradictions(request);
  if (request.log_level !== undefined && !can(ctx, "deployment_config:read", {})) {
    throw new ApiError(
      "precondition_failed",
      "Workspace builds with a custom log level are restricted to administrators only.",
    );
  }
  return granted;
}

function refuseContradictions(request: api.CreateWorkspaceBuildRequest): void {
  if (request.orphan === true && request.transition !== "delete") {
    throw new ApiError("precondition_failed", "Orphan is only permitted when deleting a workspace.");
  }
  if (request.orphan === true && hasState(request)) {
    throw new ApiError("precondition_failed", "Orphan cannot be used with state provided.");
  }
  if (request.on_success !== undefined) {
    throw new ApiError(
      "precondition_failed",
      "A build that follows another is not supported: ask for it when the first has succeeded.",
      {
        validations: [{ field: "on_success", detail: "not supported" }],
      },
    );
  }
  if (request.dry_run === true) {
    throw new ApiError("precondition_failed", "Builds are not dry-run: use a dry-run of the template version.", {
      validations: [{ field: "dry_run", detail: "not supported" }],
    });
  }
}

function hasState(request: api.CreateWorkspaceBuildRequest): boolean {
  return request.state !== undefined && request.state !== "";
}

function stateOf(request: api.CreateWorkspaceBuildRequest): NewBuild["state"] {
  if (request.orphan === true) return new Uint8Array();
  return hasState(request) ? decodeState(request.state ?? "") : undefined;
}

/** The bytes of a field of base64. @throws ApiError `bad_json`, and `too_large` over {@link maxStateBytes} */
export function decodeState(text: string): Uint8Array {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) {
    throw new ApiError("bad_json", "Request body must be valid JSON.", { detail: "state: expected base64" });
  }
  const state = Buffer.from(text, "base64");
  if (state.length <= maxStateBytes) return state;
  throw new ApiError("too_large", `The state is too large: ${maxStateBytes / 1024 / 1024} MiB are taken.`);
}

async function wake(tx: Tx, { object }: GrantedWorkspace<BuildAction>, nowMs: number): Promise<void> {
  await tx
    .updateTable("workspaces")
    .set({ dormant_at: null, deleting_at: null, last_used_at: new Date(nowMs) })
    .where("id", "=", object.id)
    .execute();
}

/** The build is made: nothing that fails here may say otherwise. */
async function answer(
  ctx: Context,
  deps: CreateBuildDeps,
  { granted, found, build, job, matched }: Made & { readonly matched: api.MatchedProvisioners },
): Promise<api.WorkspaceBuild> {
  const { username } = userOf(ctx);
  const record = {
    build,
    job,
    versionName: "",
    initiatorName: username,
    workspaceName: found.workspace.name,
    ownerId: found.workspace.owner_id,
    ownerName: found.ownerName,
    ownerAvatarUrl: found.ownerAvatarUrl,
  };
  if (matched.available === 0) await noteWait(ctx, deps, granted, job.id);
  return toApiBuild(record, { resources: [], matched });
}

async function findMade(ctx: Context, db: Db, id: string, nowMs: number): Promise<CreatedBuild> {
  const records = await findBuildRecords(db, { id });
  const [record] = records;
  if (record === undefined) throw new ApiError("not_found", notFoundMessage);
  const granted = authorizeWorkspace(ctx, "workspace:read", record.workspace);
  const [build] = await renderBuilds(db, records, nowMs);
  if (build === undefined) throw new Error("a record gave no build");
  return { granted, build, isNew: false };
}
