import { prebuildsUserId } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import { agentsHealth } from "../agents/index.ts";
import type { WorkspaceRecord } from "./records.ts";
import { toMs } from "./schedule/index.ts";
import { toApiBuild, type BuildExtras } from "./to-api-build.ts";

/** Renaming is off: addresses of apps and SSH hosts are made of the name. */
export const allowRenames = false;

/** A workspace as the API shows it to `viewerId`. @see spec/api.md §8, "workspaces" */
export function toApiWorkspace(
  record: WorkspaceRecord,
  extras: BuildExtras,
  viewerId: string | undefined,
): api.Workspace {
  const { workspace, template, latest } = record;
  const origin = toOrigin(record);
  return {
    id: workspace.id,
    created_at: workspace.created_at.toISOString(),
    updated_at: workspace.updated_at.toISOString(),
    owner_id: workspace.owner_id,
    owner_name: record.ownerName,
    owner_avatar_url: record.ownerAvatarUrl,
    organization_id: workspace.organization_id,
    organization_name: record.organizationName,
    template_id: workspace.template_id,
    template_name: template.name,
    template_display_name: template.display_name,
    template_icon: template.icon,
    template_allow_user_cancel_workspace_jobs: template.allow_user_cancel_workspace_jobs,
    template_active_version_id: template.active_version_id,
    template_require_active_version: template.require_active_version,
    template_use_classic_parameter_flow: template.use_classic_parameter_flow,
    latest_build: toApiBuild(latest, extras),
    latest_app_status: null,
    outdated: latest.build.template_version_id !== template.active_version_id,
    name: workspace.name,
    ...(workspace.autostart_schedule === null ? {} : { autostart_schedule: workspace.autostart_schedule }),
    ...(workspace.ttl === null || workspace.ttl === 0 ? {} : { ttl_ms: toMs(workspace.ttl) }),
    last_used_at: workspace.last_used_at.toISOString(),
    deleting_at: workspace.deleting_at?.toISOString() ?? null,
    dormant_at: workspace.dormant_at?.toISOString() ?? null,
    health: agentsHealth(extras.resources),
    automatic_updates: workspace.automatic_updates,
    allow_renames: allowRenames,
    favorite: viewerId !== undefined && record.favoriteOf.includes(viewerId),
    next_start_at: workspace.next_start_at?.toISOString() ?? null,
    is_prebuild: workspace.owner_id === prebuildsUserId,
    task_id: null,
    ...(origin === undefined ? {} : { origin }),
  };
}

/** How it came to be its owner's; a workspace of the pool has no owner yet. */
function toOrigin({ workspace, origin }: WorkspaceRecord): api.WorkspaceOrigin | undefined {
  if (workspace.owner_id === prebuildsUserId) return undefined;
  return { how: workspace.claimed_at === null ? "built" : "claimed", ready_ms: origin.readyMs };
}
