import { z } from "zod";
import { isGiven, rule } from "../rules.ts";
import { Time, Uuid } from "../scalars.ts";
import { WorkspaceAppStatus } from "./agents.ts";
import { WorkspaceBuild, WorkspaceBuildParameter } from "./builds.ts";
import { WorkspaceOrigin } from "./hearth.ts";
import { GroupSource } from "./groups.ts";
import { PortShareLevel, TemplateRole } from "./templates.ts";
import { ReducedUser } from "./users.ts";

/** Whether a start takes the template's active version (`always`) or stays at that of the latest build (`never`). */
export const AutomaticUpdates = z.enum(["always", "never"]);
export type AutomaticUpdates = z.infer<typeof AutomaticUpdates>;

/**
 * What a workspace's owner gives to another: everything but giving on (`admin`), connecting and running (`use`); the
 * empty word takes it back.
 */
export const WorkspaceRole = z.enum(["admin", "use", ""]);
export type WorkspaceRole = z.infer<typeof WorkspaceRole>;

/** To whom a workspace was shared: every member of a group, or one user. */
export const SharedWorkspaceActorType = z.enum(["group", "user"]);
export type SharedWorkspaceActorType = z.infer<typeof SharedWorkspaceActorType>;

/** Through what somebody uses a workspace, for the statistics of sessions. */
export const UsageAppName = z.enum(["jetbrains", "reconnecting-pty", "ssh", "vscode"]);
export type UsageAppName = z.infer<typeof UsageAppName>;

/** How the server speaks to a shared port inside the workspace. */
export const PortShareProtocol = z.enum(["http", "https"]);
export type PortShareProtocol = z.infer<typeof PortShareProtocol>;

/**
 * Whether every agent that ought to be there is. Failing are those not connected yet or any more, out of time, or
 * whose start script failed.
 */
export const WorkspaceHealth = z.object({
  healthy: z.boolean(),
  failing_agents: z.array(Uuid),
});
export type WorkspaceHealth = z.infer<typeof WorkspaceHealth>;

/** One user or group that a workspace was shared with, and the roles that it was given. */
export const SharedWorkspaceActor = z.object({
  id: Uuid,
  actor_type: SharedWorkspaceActorType,
  name: z.string(),
  avatar_url: z.string().optional(),
  roles: z.array(TemplateRole),
});
export type SharedWorkspaceActor = z.infer<typeof SharedWorkspaceActor>;

/**
 * A workspace with its latest build, as lists and its own page show it. `outdated`: its version is not the template's
 * active one. `ttl_ms` and `autostart_schedule` are left out where unset. `is_prebuild`: it is the pool's, claimed by
 * nobody yet.
 */
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

/** A page of workspaces. `count` is of all that match, whatever the page. */
export const WorkspacesResponse = z.object({
  workspaces: z.array(Workspace),
  count: z.int(),
});
export type WorkspacesResponse = z.infer<typeof WorkspacesResponse>;

/**
 * What to create, of a template's active version or of a certain one: exactly one of the two is given. With a preset
 * a warm workspace of it is claimed if there is one. `ttl_ms` not given: the template's.
 */
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

/**
 * The new name, unique among the owner's workspaces; left out it stays. Refused (400) where renames are switched off,
 * which is the default.
 */
export const UpdateWorkspaceRequest = z.object({
  name: z.string().optional(),
});
export type UpdateWorkspaceRequest = z.infer<typeof UpdateWorkspaceRequest>;

/**
 * When to start by itself: `CRON_TZ=<zone> <minute> <hour> * * <days>` with a single minute and hour. Left out or
 * empty: never.
 */
export const UpdateWorkspaceAutostartRequest = z.object({
  schedule: z.string().optional(),
});
export type UpdateWorkspaceAutostartRequest = z.infer<typeof UpdateWorkspaceAutostartRequest>;

/**
 * How long a start lasts, in milliseconds, from 1 minute to 30 days, cut to whole minutes; null or 0: until somebody
 * stops it. Counts from the next start on.
 */
export const UpdateWorkspaceTTLRequest = z.object({
  ttl_ms: z.int().nullish(),
});
export type UpdateWorkspaceTTLRequest = z.infer<typeof UpdateWorkspaceTTLRequest>;

/**
 * When the running build is to stop instead: at least 30 minutes ahead and not past its `max_deadline`. May be
 * earlier than before.
 */
export const PutExtendWorkspaceRequest = z.object({
  deadline: Time,
});
export type PutExtendWorkspaceRequest = z.infer<typeof PutExtendWorkspaceRequest>;

/**
 * Puts a workspace to sleep (true), after which it is deleted in time if its template says so, or wakes it. Left out
 * is false.
 */
export const UpdateWorkspaceDormancy = z.object({
  dormant: z.boolean().optional(),
});
export type UpdateWorkspaceDormancy = z.infer<typeof UpdateWorkspaceDormancy>;

/** Which version the next starts take. */
export const UpdateWorkspaceAutomaticUpdatesRequest = z.object({
  automatic_updates: AutomaticUpdates,
});
export type UpdateWorkspaceAutomaticUpdatesRequest = z.infer<typeof UpdateWorkspaceAutomaticUpdatesRequest>;

/** Who is at work and through what, as far as it is known: both may be left out. */
export const PostWorkspaceUsageRequest = z.object({
  agent_id: Uuid.optional(),
  app_name: UsageAppName.optional(),
});
export type PostWorkspaceUsageRequest = z.infer<typeof PostWorkspaceUsageRequest>;

/**
 * Whether an automatic start would fail, because the version that it would take asks for parameters that nobody has
 * given.
 */
export const ResolveAutostartResponse = z.object({
  parameter_mismatch: z.boolean(),
});
export type ResolveAutostartResponse = z.infer<typeof ResolveAutostartResponse>;

/** A user in a workspace's access list, with what they may there. */
export const WorkspaceUser = z.object({
  id: Uuid,
  username: z.string(),
  name: z.string().optional(),
  avatar_url: z.string().optional(),
  role: TemplateRole,
});
export type WorkspaceUser = z.infer<typeof WorkspaceUser>;

/**
 * A group in a workspace's access list, with what its members may there; `total_member_count` counts those too whom
 * the caller may not see.
 */
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

/** Everybody whom a workspace was shared with. The word for groups is singular on the wire. */
export const WorkspaceACL = z.object({
  users: z.array(WorkspaceUser),
  group: z.array(WorkspaceGroup),
});
export type WorkspaceACL = z.infer<typeof WorkspaceACL>;

/**
 * Changes to a workspace's access list: role by user's or group's id, the empty role to remove one. Who is not named
 * stays as they are.
 */
export const UpdateWorkspaceACL = z.object({
  user_roles: z.record(z.string(), TemplateRole).optional(),
  group_roles: z.record(z.string(), TemplateRole).optional(),
});
export type UpdateWorkspaceACL = z.infer<typeof UpdateWorkspaceACL>;

/**
 * How to start the agent of a workspace whose infrastructure somebody else made: a shell command, and the token that
 * it carries.
 */
export const ExternalAgentCredentials = z.object({
  command: z.string(),
  agent_token: z.string(),
});
export type ExternalAgentCredentials = z.infer<typeof ExternalAgentCredentials>;

/** A port of an agent that others may open, and who: at most as wide as the template's `max_port_share_level`. */
export const WorkspaceAgentPortShare = z.object({
  workspace_id: Uuid,
  agent_name: z.string(),
  port: z.int(),
  share_level: PortShareLevel,
  protocol: PortShareProtocol,
});
export type WorkspaceAgentPortShare = z.infer<typeof WorkspaceAgentPortShare>;

/** Every port of a workspace that is shared. */
export const WorkspaceAgentPortShares = z.object({
  shares: z.array(WorkspaceAgentPortShare),
});
export type WorkspaceAgentPortShares = z.infer<typeof WorkspaceAgentPortShares>;

/** Shares a port, or changes how it is shared: one share for each agent and port. */
export const UpsertWorkspaceAgentPortShareRequest = z.object({
  agent_name: z.string(),
  port: z.int(),
  share_level: PortShareLevel,
  protocol: PortShareProtocol,
});
export type UpsertWorkspaceAgentPortShareRequest = z.infer<typeof UpsertWorkspaceAgentPortShareRequest>;

/** Which port of which agent is shared no longer. */
export const DeleteWorkspaceAgentPortShareRequest = z.object({
  agent_name: z.string(),
  port: z.int(),
});
export type DeleteWorkspaceAgentPortShareRequest = z.infer<typeof DeleteWorkspaceAgentPortShareRequest>;
