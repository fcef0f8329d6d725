import { randomBytes, randomUUID } from "node:crypto";
import { sql } from "kysely";
import { ApiError } from "@hearth/sdk";
import { violatedUnique, type Db, type Tx } from "../ground/database/index.ts";
import { workspaceColumns, type WorkspaceRow } from "./records.ts";

/** The workspace, deleted or not; undefined when there is none. */
export async function findWorkspace(db: Db | Tx, id: string): Promise<WorkspaceRow | undefined> {
  const { rows } = await sql<Record<string, unknown>>`
    select ${workspaceColumns.columns} from workspaces w where w.id = ${id}`.execute(db);
  return rows[0] === undefined ? undefined : workspaceColumns.pick(rows[0]);
}

/** By owner and name, in any letter case; of deleted ones of that name the last. */
export async function findWorkspaceByName(
  db: Db | Tx,
  { ownerId, name, includeDeleted }: { ownerId: string; name: string; includeDeleted: boolean },
): Promise<WorkspaceRow | undefined> {
  const { rows } = await sql<Record<string, unknown>>`
    select ${workspaceColumns.columns} from workspaces w
    where w.owner_id = ${ownerId} and lower(w.name) = lower(${name}) and (${includeDeleted} or not w.deleted)
    order by w.deleted, w.created_at desc limit 1`.execute(db);
  return rows[0] === undefined ? undefined : workspaceColumns.pick(rows[0]);
}

/** The organization of each of these workspaces that is there, by the workspace. */
export async function findOrganizationsOf(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await db
    .selectFrom("workspaces")
    .select(["id", "organization_id"])
    .where("id", "in", [...ids])
    .execute();
  return new Map(rows.map((row) => [row.id, row.organization_id]));
}

export interface NewWorkspace {
  readonly ownerId: string;
  readonly organizationId: string;
  readonly templateId: string;
  readonly name: string;
  readonly autostartSchedule: string | null;
  readonly nextStartMs: number | undefined;
  /** Nanoseconds; null = no autostop. */
  readonly ttl: number | null;
  readonly automaticUpdates: WorkspaceRow["automatic_updates"];
  readonly nowMs: number;
}

/** @throws ApiError `workspace_name_taken` */
export async function insertWorkspace(tx: Tx, given: NewWorkspace): Promise<WorkspaceRow> {
  const now = new Date(given.nowMs);
  const nextStart = given.nextStartMs === undefined ? null : new Date(given.nextStartMs);
  try {
    const { rows } = await sql<Record<string, unknown>>`
      with w as (
        insert into workspaces (id, owner_id, organization_id, template_id, name, autostart_schedule, ttl, last_used_at,
          automatic_updates, next_start_at, host_key_seed, created_at, updated_at)
        values (${randomUUID()}, ${given.ownerId}, ${given.organizationId}, ${given.templateId}, ${given.name},
          ${given.autostartSchedule}, ${given.ttl}, ${now}, ${given.automaticUpdates}, ${nextStart}, ${randomBytes(32)}, ${now}, ${now})
        returning *
      )
      select ${workspaceColumns.columns} from w`.execute(tx);
    const [row] = rows;
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

/** Marks it as deleted: its name is free from then on. */
export async function markDeleted(tx: Tx, workspaceId: string, nowMs: number): Promise<void> {
  await tx
    .updateTable("workspaces")
    .set({ deleted: true, updated_at: new Date(nowMs) })
    .where("id", "=", workspaceId)
    .execute();
}
