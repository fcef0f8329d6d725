import { ApiError, prebuildsUserId } from "@hearth/sdk";
import type { Db, Tx } from "../ground/database/index.ts";
import { parseUuid } from "../ground/http/index.ts";
import {
  authorize,
  notFoundMessage,
  objectOf,
  type Action,
  type Context,
  type Granted,
  type Thing,
} from "../access/index.ts";
import { resolveUser } from "../identity/index.ts";
import { findBuildRecords, type BuildRecord, type WorkspaceRow } from "./records.ts";
import { findWorkspace, findWorkspaceByName } from "./store.ts";

type Ownership = Pick<WorkspaceRow, "id" | "owner_id" | "organization_id" | "user_acl" | "group_acl">;

/** What permissions on a workspace are asked for. */
export function workspaceObject(workspace: Ownership) {
  return objectOf(workspace);
}

type WorkspaceObject = ReturnType<typeof workspaceObject>;

/** What the right to make a workspace is asked for: whose it will be, and where. */
export interface NewWorkspaceObject {
  readonly ownerId: string;
  readonly organizationId: string;
}

/** What lets somebody build a workspace that is there: a start that wakes it changes it as well. */
export type BuildAction = "workspace:start" | "workspace:stop" | "workspace:delete" | "workspace:update";

/** A right to queue a build: of a workspace that is there, or the first of one that is made. */
export type BuildGrant =
  | Granted<BuildAction, NewWorkspaceObject & Thing>
  | Granted<"workspace:create", NewWorkspaceObject>;

/** Whose a build is: that of the user who acts, or of the pools' own. */
export function initiatorIdOf({ actor, object }: BuildGrant): string {
  if (actor.kind === "user") return actor.userId;
  if (actor.kind === "system" && actor.name === "prebuilds orchestrator") return prebuildsUserId;
  // For whoever asked for the run, whose the workspace is.
  if (actor.kind === "system" && actor.name === "runs") return object.ownerId;
  throw new Error("only users build workspaces, what keeps the pools, and what cleans up after runs");
}

/** A right on one workspace: its ids are those of what was asked about. */
export type GrantedWorkspace<A extends Action> = Granted<A, WorkspaceObject>;

export function authorizeWorkspace<A extends Action>(
  ctx: Context,
  action: A,
  workspace: Ownership,
): GrantedWorkspace<A> {
  return authorize(ctx, action, workspaceObject(workspace));
}

export type FoundWorkspace = WorkspaceRow & { readonly granted: GrantedWorkspace<"workspace:read"> };

/** The workspace of a path, deleted or not. @throws ApiError `malformed_id`, `not_found` also where it is hidden */
export async function getWorkspace(ctx: Context, db: Db | Tx, text: string): Promise<FoundWorkspace> {
  const workspace = await findWorkspace(db, parseUuid(text));
  if (workspace === undefined) throw new ApiError("not_found", notFoundMessage);
  return { ...workspace, granted: authorizeWorkspace(ctx, "workspace:read", workspace) };
}

/** The workspace of a path of owner and name. @throws ApiError `not_found` */
export async function getWorkspaceByName(
  ctx: Context,
  db: Db,
  { user, name, includeDeleted }: { user: string; name: string; includeDeleted: boolean },
): Promise<FoundWorkspace> {
  const owner = await resolveUser(ctx, db, user);
  const workspace = await findWorkspaceByName(db, { ownerId: owner.id, name, includeDeleted });
  if (workspace === undefined) throw new ApiError("not_found", notFoundMessage);
  return { ...workspace, granted: authorizeWorkspace(ctx, "workspace:read", workspace) };
}

export type BuildWithWorkspace = BuildRecord & {
  readonly workspace: WorkspaceRow;
  /** On its workspace. */
  readonly granted: GrantedWorkspace<"workspace:read">;
};

/** The build of a path. Builds have their workspace's permissions. @throws ApiError `malformed_id`, `not_found` */
export async function getBuild(ctx: Context, db: Db | Tx, text: string): Promise<BuildWithWorkspace> {
  const [record] = await findBuildRecords(db, { id: parseUuid(text) });
  if (record === undefined) throw new ApiError("not_found", notFoundMessage);
  return { ...record, granted: authorizeWorkspace(ctx, "workspace:read", record.workspace) };
}

/** @throws ApiError `conflict`: what belongs to the pool has no schedule and no owner who could rest */
export function refusePrebuild({ object }: GrantedWorkspace<Action>, what: string): void {
  if (object.ownerId !== prebuildsUserId) return;
  throw new ApiError("conflict", `${what} is not supported for prebuilt workspaces. Claim it first.`);
}
