import { sql } from "kysely";
import { stored, type Fragment, type RowOfShape } from "../../ground/database/index.ts";
import type { WorkspaceIdentity } from "./identity.ts";

export const identityShape = {
  workspace_id: stored("workspaces.id"),
  workspace_name: stored("workspaces.name"),
  owner_id: stored("workspaces.owner_id"),
  owner_name: stored("users.username"),
  organization_id: stored("workspaces.organization_id"),
  template_id: stored("workspaces.template_id"),
  template_name: stored("templates.name"),
  autostart_schedule: stored("workspaces.autostart_schedule"),
} as const;

/** Of a workspace `w`, its owner `u` and its template `t`. */
export const identityColumns: Fragment = sql`
  w.id as workspace_id, w.name as workspace_name, w.owner_id, u.username as owner_name, w.organization_id,
  w.template_id, t.name as template_name, w.autostart_schedule`;

export function toIdentity(row: RowOfShape<typeof identityShape>): WorkspaceIdentity {
  return {
    workspaceId: row.workspace_id,
    workspaceName: row.workspace_name,
    ownerId: row.owner_id,
    ownerName: row.owner_name,
    organizationId: row.organization_id,
    templateId: row.template_id,
    templateName: row.template_name,
    autostartSchedule: row.autostart_schedule ?? undefined,
  };
}
