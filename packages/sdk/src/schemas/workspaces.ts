import { z } from "zod";
import { isGiven, rule } from "../rules.ts";
import { Time, Uuid } from "../scalars.ts";
import { WorkspaceAppStatus } from "./agents.ts";
import { WorkspaceBuild, WorkspaceBuildParameter } from "./builds.ts";
import { WorkspaceOrigin } from "./hearth.ts";
import { GroupSource } from "./groups.ts";
import { PortShareLevel, TemplateRole } from "./templates.ts";
import { ReducedUser } from "./users.ts";

export const AutomaticUpdates = z.enum(["always", "never"]);
export type AutomaticUpdates = z.infer<typeof AutomaticUpdates>;

export const WorkspaceRole = z.enum(["admin", "use", ""]);
export type WorkspaceRole = z.infer<typeof WorkspaceRole>;

export const SharedWorkspaceActorType = z.enum(["group", "user"]);
export type SharedWorkspaceActorType = z.infer<typeof SharedWorkspaceActorType>;

export const UsageAppName = z.enum(["jetbrains", "reconnecting-pty", "ssh", "vscode"]);
export type UsageAppName = z.infer<typeof UsageAppName>;

export const PortShareProtocol = z.enum(["http", "https"]);
export type PortShareProtocol = z.infer<typeof PortShareProtocol>;

export const WorkspaceHealth = z.object({
  healthy: z.boolean(),
  failing_agents: z.array(Uuid),
});
export type WorkspaceHealth = z.infer<typeof WorkspaceHealth>;

export const SharedWorkspaceActor = z.object({
  id: Uuid,
  actor_type: SharedWorkspaceActorType,
  name: z.string(),
  avatar_url: z.string().optional(),
  roles: z.array(TemplateRole),
});
export type SharedWorkspaceActor = z.infer<typeof SharedWorkspaceActor>;

export const Workspace = z.object({
  id: Uuid,
  created_at: Time,
  updated_at: Time,
  owner_id: Uuid,
  owner_name: z.string(),
  owner_avatar_url: z.string(),
  organization_id: Uuid,
  organization_name: z.string(),
  template_id: Uuid,
  template_name: z.string(),
  template_display_name: z.string(),
  template_icon: z.string(),
  template_allow_user_cancel_workspace_jobs: z.boolean(),
  template_active_version_id: Uuid,
  template_require_active_version: z.boolean(),
  template_use_classic_parameter_flow: z.boolean(),
  latest_build: WorkspaceBuild,
  latest_app_status: WorkspaceAppStatus.nullable(),
  outdated: z.boolean(),
  name: z.string(),
  autostart_schedule: z.string().optional(),
  ttl_ms: z.int().optional(),
  last_used_at: Time,
  deleting_at: Time.nullable(),
  dormant_at: Time.nullable(),
  health: WorkspaceHealth,
  automatic_updates: AutomaticUpdates,
  allow_renames: z.boolean(),
  favorite: z.boolean(),
  next_start_at: Time.nullable(),
  is_prebuild: z.boolean(),
  task_id: Uuid.nullable(),
  shared_with: z.array(SharedWorkspaceActor).optional(),
  origin: WorkspaceOrigin.optional(),
});
export type Workspace = z.infer<typeof Workspace>;

export const WorkspacesResponse = z.object({
  workspaces: z.array(Workspace),
  count: z.int(),
});
export type WorkspacesResponse = z.infer<typeof WorkspacesResponse>;

export const CreateWorkspaceRequest = rule(
  z.object({
    template_id: Uuid.optional(),
    template_version_id: Uuid.optional(),
    name: z.string(),
    autostart_schedule: z.string().optional(),
    ttl_ms: z.int().optional(),
    rich_parameter_values: z.array(WorkspaceBuildParameter).optional(),
    automatic_updates: AutomaticUpdates.optional(),
    template_version_preset_id: Uuid.optional(),
  }),
  (request) => isGiven(request["template_id"]) !== isGiven(request["template_version_id"]),
  ["template_id", "template_version_id"],
  "Give either a template or a template version.",
);
export type CreateWorkspaceRequest = z.infer<typeof CreateWorkspaceRequest>;

export const UpdateWorkspaceRequest = z.object({
  name: z.string().optional(),
});
export type UpdateWorkspaceRequest = z.infer<typeof UpdateWorkspaceRequest>;

export const UpdateWorkspaceAutostartRequest = z.object({
  schedule: z.string().optional(),
});
export type UpdateWorkspaceAutostartRequest = z.infer<typeof UpdateWorkspaceAutostartRequest>;

export const UpdateWorkspaceTTLRequest = z.object({
  ttl_ms: z.int().nullish(),
});
export type UpdateWorkspaceTTLRequest = z.infer<typeof UpdateWorkspaceTTLRequest>;

export const PutExtendWorkspaceRequest = z.object({
  deadline: Time,
});
export type PutExtendWorkspaceRequest = z.infer<typeof PutExtendWorkspaceRequest>;

export const UpdateWorkspaceDormancy = z.object({
  dormant: z.boolean().optional(),
});
export type UpdateWorkspaceDormancy = z.infer<typeof UpdateWorkspaceDormancy>;

export const UpdateWorkspaceAutomaticUpdatesRequest = z.object({
  automatic_updates: AutomaticUpdates,
});
export type UpdateWorkspaceAutomaticUpdatesRequest = z.infer<typeof UpdateWorkspaceAutomaticUpdatesRequest>;

export const PostWorkspaceUsageRequest = z.object({
  agent_id: Uuid.optional(),
  app_name: UsageAppName.optional(),
});
export type PostWorkspaceUsageRequest = z.infer<typeof PostWorkspaceUsageRequest>;

export const ResolveAutostartResponse = z.object({
  parameter_mismatch: z.boolean(),
});
export type ResolveAutostartResponse = z.infer<typeof ResolveAutostartResponse>;

export const WorkspaceUser = z.object({
  id: Uuid,
  username: z.string(),
  name: z.string().optional(),
  avatar_url: z.string().optional(),
  role: TemplateRole,
});
export type WorkspaceUser = z.infer<typeof WorkspaceUser>;

export const WorkspaceGroup = z.object({
  id: Uuid,
  name: z.string(),
  display_name: z.string(),
  organization_id: Uuid,
  members: z.array(ReducedUser),
  total_member_count: z.int(),
  avatar_url: z.string(),
  quota_allowance: z.int(),
  source: GroupSource,
  organization_name: z.string(),
  organization_display_name: z.string(),
  role: TemplateRole,
});
export type WorkspaceGroup = z.infer<typeof WorkspaceGroup>;

export const WorkspaceACL = z.object({
  users: z.array(WorkspaceUser),
  group: z.array(WorkspaceGroup),
});
export type WorkspaceACL = z.infer<typeof WorkspaceACL>;

export const UpdateWorkspaceACL = z.object({
  user_roles: z.record(z.string(), TemplateRole).optional(),
  group_roles: z.record(z.string(), TemplateRole).optional(),
});
export type UpdateWorkspaceACL = z.infer<typeof UpdateWorkspaceACL>;

export const ExternalAgentCredentials = z.object({
  command: z.string(),
  agent_token: z.string(),
});
export type ExternalAgentCredentials = z.infer<typeof ExternalAgentCredentials>;

export const WorkspaceAgentPortShare = z.object({
  workspace_id: Uuid,
  agent_name: z.string(),
  port: z.int(),
  share_level: PortShareLevel,
  protocol: PortShareProtocol,
});
export type WorkspaceAgentPortShare = z.infer<typeof WorkspaceAgentPortShare>;

export const WorkspaceAgentPortShares = z.object({
  shares: z.array(WorkspaceAgentPortShare),
});
export type WorkspaceAgentPortShares = z.infer<typeof WorkspaceAgentPortShares>;

export const UpsertWorkspaceAgentPortShareRequest = z.object({
  agent_name: z.string(),
  port: z.int(),
  share_level: PortShareLevel,
  protocol: PortShareProtocol,
});
export type UpsertWorkspaceAgentPortShareRequest = z.infer<typeof UpsertWorkspaceAgentPortShareRequest>;

export const DeleteWorkspaceAgentPortShareRequest = z.object({
  agent_name: z.string(),
  port: z.int(),
});
export type DeleteWorkspaceAgentPortShareRequest = z.infer<typeof DeleteWorkspaceAgentPortShareRequest>;
