import { randomBytes, randomUUID } from "node:crypto";
import { sql } from "kysely";
import { ApiError } from "@hearth/sdk";
import { objectOf, type Granted, type ResourceObject } from "../access/index.ts";
import { defineStatement, sampleId, sampleMs, violatedUnique, type Db, type Tx } from "../ground/database/index.ts";
import type { NewWorkspaceObject } from "./access.ts";
import { workspaceColumns, type WorkspaceRow } from "./records.ts";

const find = defineStatement({
  name: "workspaces.find",
  columns: workspaceColumns.shape,
  samples: [{ id: sampleId }],
  build: ({ id }: { id: string }) => sql`
    select ${workspaceColumns.columns} from workspaces w where w.id = ${id}`,
});

/** The workspace, deleted or not; undefined when there is none. */
export async function findWorkspace(db: Db | Tx, id: string): Promise<WorkspaceRow | undefined> {
  const row = await find.first(db, { id });
  return row === undefined ? undefined : workspaceColumns.pick(row);
}

const byName = (includeDeleted: boolean) =>
  defineStatement({
    name: includeDeleted ? "workspaces.find_any_by_name" : "workspaces.find_by_name",
    columns: workspaceColumns.shape,
    samples: [{ ownerId: sampleId, name: "mine" }],
    // Deleted ones are in no index by name, and few ask for them.
    mayScan: includeDeleted ? ["workspaces"] : [],
    build: ({ ownerId, name }: { ownerId: string; name: string }) => sql`
      select ${workspaceColumns.columns} from workspaces w
      where w.owner_id = ${ownerId} and lower(w.name) = lower(${name}) and ${includeDeleted ? sql`true` : sql`not w.deleted`}
      order by w.deleted, w.created_at desc limit 1`,
  });
// Two texts: one for both could not use the index of names once it is prepared.
const findLiving = byName(false);
const findAny = byName(true);

const findByBuild = defineStatement({
  name: "workspaces.find_by_build",
  columns: workspaceColumns.shape,
  samples: [{ buildId: sampleId }],
  build: ({ buildId }: { buildId: string }) => sql`
    select ${workspaceColumns.columns} from workspaces w
    where w.id = (select b.workspace_id from workspace_builds b where b.id = ${buildId})`,
});

/** The workspace that has this build, deleted or not; undefined when there is none, or not yet. */
export async function findWorkspaceOfBuild(db: Db | Tx, buildId: string): Promise<WorkspaceRow | undefined> {
  const row = await findByBuild.first(db, { buildId });
  return row === undefined ? undefined : workspaceColumns.pick(row);
}

/** By owner and name, in any letter case; of deleted ones of that name the last. */
export async function findWorkspaceByName(
  db: Db | Tx,
  { ownerId, name, includeDeleted }: { ownerId: string; name: string; includeDeleted: boolean },
): Promise<WorkspaceRow | undefined> {
  const row = await (includeDeleted ? findAny : findLiving).first(db, { ownerId, name });
  return row === undefined ? undefined : workspaceColumns.pick(row);
}

/** What decides about rights on each of these workspaces that is there. One statement for all. */
export async function findWorkspaceObjects(
  db: Db,
  ids: readonly string[],
): Promise<(ResourceObject & { readonly id: string })[]> {
  const rows = await db
    .selectFrom("workspaces")
    .select(["id", "owner_id", "organization_id", "user_acl", "group_acl"])
    .where("id", "in", [...ids])
    .execute();
  return rows.map((row) => objectOf(row));
}

export interface NewWorkspace {
  readonly templateId: string;
  readonly name: string;
  readonly autostartSchedule: string | null;
  readonly nextStartMs: number | undefined;
  /** Nanoseconds; null = no autostop. */
  readonly ttl: number | null;
  readonly automaticUpdates: WorkspaceRow["automatic_updates"];
  readonly nowMs: number;
}

const insert = defineStatement({
  name: "workspaces.insert",
  columns: workspaceColumns.shape,
  samples: [
    {
      given: {
        ownerId: sampleId,
        organizationId: sampleId,
        templateId: sampleId,
        name: "mine",
        autostartSchedule: null,
        nextStartMs: undefined,
        ttl: null,
        automaticUpdates: "never",
        nowMs: sampleMs,
      },
    },
  ],
  build({ given }: { given: NewWorkspace & NewWorkspaceObject }) {
    const now = new Date(given.nowMs);
    const nextStart = given.nextStartMs === undefined ? null : new Date(given.nextStartMs);
    return sql`
      with w as (
        insert into workspaces (id, owner_id, organization_id, template_id, name, autostart_schedule, ttl, last_used_at,
          automatic_updates, next_start_at, host_key_seed, created_at, updated_at)
        values (${randomUUID()}, ${given.ownerId}, ${given.organizationId}, ${given.templateId}, ${given.name},
          ${given.autostartSchedule}, ${given.ttl}, ${now}, ${given.automaticUpdates}, ${nextStart}, ${randomBytes(32)}, ${now}, ${now})
        returning *
      )
      select ${workspaceColumns.columns} from w`;
  },
});

/** @throws ApiError `workspace_name_taken` */
export async function insertWorkspace(
  tx: Tx,
  granted: Granted<"workspace:create", NewWorkspaceObject>,
  given: NewWorkspace,
): Promise<WorkspaceRow> {
  const { ownerId, organizationId } = granted.object;
  try {
    const row = await insert.first(tx, { given: { ...given, ownerId, organizationId } });
    if (row === undefined) throw new Error("the insert of a workspace returned no row");
    return workspaceColumns.pick(row);
  } catch (error) {
    throw asNameTaken(error, given.name);
  }
}

/** What the unique index of names says, in words; any other error as it is. */
export function asNameTaken(error: unknown, name: string): unknown {
  return violatedUnique(error) === "workspaces_owner_id_name_key" ? nameTakenError(name, error) : error;
}

export function nameTakenError(name: string, cause?: unknown): ApiError {
  return new ApiError("workspace_name_taken", `Workspace "${name}" already exists.`, {
    cause,
    validations: [{ field: "name", detail: "This value is already in use and should be unique." }],
  });
}
