import { z } from "zod";
import { Time, Uuid } from "../scalars.ts";
import { EngineName } from "./hearth.ts";
import { LoginType } from "./auth.ts";
import { SlimRole } from "./common.ts";
import { Group, GroupSource } from "./groups.ts";
import { ProvisionerType } from "./provisioners.ts";
import { ReducedUser, UserStatus } from "./users.ts";

/**
 * Who may open an app or a port: from the owner alone over members of the organization and anybody logged in to
 * anybody at all.
 */
export const PortShareLevel = z.enum(["owner", "authenticated", "organization", "public"]);
export type PortShareLevel = z.infer<typeof PortShareLevel>;

/** Who answers a browser's question about foreign origins: the server (`simple`), or the app itself (`passthru`). */
export const CORSBehavior = z.enum(["simple", "passthru"]);
export type CORSBehavior = z.infer<typeof CORSBehavior>;

/** What an access list gives: everything (`admin`), building of it (`use`); the empty word takes it back. */
export const TemplateRole = z.enum(["admin", "use", ""]);
export type TemplateRole = z.infer<typeof TemplateRole>;

/**
 * How long builds took: the middle one, and that which 95 of 100 undercut. Milliseconds; null where none was made in
 * 30 days.
 */
export const TransitionStats = z.object({
  P50: z.int().nullable(),
  P95: z.int().nullable(),
});
export type TransitionStats = z.infer<typeof TransitionStats>;

/** How long builds took, under `start`, `stop` and `delete`. */
export const TemplateBuildTimeStats = z.record(z.string(), TransitionStats);
export type TemplateBuildTimeStats = z.infer<typeof TemplateBuildTimeStats>;

/** The days on which workspaces may start by themselves, in English and lower case. */
export const TemplateAutostartRequirement = z.object({
  days_of_week: z.array(z.string()),
});
export type TemplateAutostartRequirement = z.infer<typeof TemplateAutostartRequirement>;

/** The days on which running workspaces must restart, every so many `weeks` (1 to 16; 0 is 1). None: never. */
export const TemplateAutostopRequirement = z.object({
  days_of_week: z.array(z.string()),
  weeks: z.int(),
});
export type TemplateAutostopRequirement = z.infer<typeof TemplateAutostopRequirement>;

/**
 * A template as lists and its own page show it. All spans are in milliseconds, 0 for never; `active_version_id` is
 * what new workspaces are built of.
 */
export const Template = z.object({
  id: Uuid,
  created_at: Time,
  updated_at: Time,
  organization_id: Uuid,
  organization_name: z.string(),
  organization_display_name: z.string(),
  organization_icon: z.string(),
  name: z.string(),
  display_name: z.string(),
  provisioner: ProvisionerType,
  active_version_id: Uuid,
  active_user_count: z.int(),
  build_time_stats: z.record(z.string(), TransitionStats),
  description: z.string(),
  deprecated: z.boolean(),
  deprecation_message: z.string(),
  deleted: z.boolean(),
  icon: z.string(),
  default_ttl_ms: z.int(),
  activity_bump_ms: z.int(),
  time_til_autostop_notify_ms: z.int().optional(),
  autostop_requirement: TemplateAutostopRequirement,
  autostart_requirement: TemplateAutostartRequirement,
  created_by_id: Uuid,
  created_by_name: z.string(),
  allow_user_autostart: z.boolean(),
  allow_user_autostop: z.boolean(),
  allow_user_cancel_workspace_jobs: z.boolean(),
  failure_ttl_ms: z.int(),
  time_til_dormant_ms: z.int(),
  time_til_dormant_autodelete_ms: z.int(),
  require_active_version: z.boolean(),
  max_port_share_level: PortShareLevel,
  cors_behavior: CORSBehavior,
  use_classic_parameter_flow: z.boolean(),
  disable_module_cache: z.boolean(),
  engine: EngineName.optional(),
});
export type Template = z.infer<typeof Template>;

/**
 * Makes a template of a version that was imported and belongs to none. What is left out has its default; all spans
 * are in milliseconds.
 */
export const CreateTemplateRequest = z.object({
  name: z.string(),
  display_name: z.string().optional(),
  description: z.string().optional(),
  icon: z.string().optional(),
  template_version_id: Uuid,
  default_ttl_ms: z.int().optional(),
  activity_bump_ms: z.int().optional(),
  time_til_autostop_notify_ms: z.int().optional(),
  autostop_requirement: TemplateAutostopRequirement.optional(),
  autostart_requirement: TemplateAutostartRequirement.optional(),
  allow_user_cancel_workspace_jobs: z.boolean().nullable().optional(),
  allow_user_autostart: z.boolean().optional(),
  allow_user_autostop: z.boolean().optional(),
  failure_ttl_ms: z.int().optional(),
  dormant_ttl_ms: z.int().optional(),
  delete_ttl_ms: z.int().optional(),
  disable_everyone_group_access: z.boolean().optional(),
  require_active_version: z.boolean().optional(),
  max_port_share_level: PortShareLevel.nullable().optional(),
  template_use_classic_parameter_flow: z.boolean().optional(),
  cors_behavior: CORSBehavior.nullable().optional(),
});
export type CreateTemplateRequest = z.infer<typeof CreateTemplateRequest>;

/** What to change of a template: what is left out stays. All spans are in milliseconds. */
export const UpdateTemplateMeta = z.object({
  name: z.string().optional(),
  display_name: z.string().optional(),
  description: z.string().optional(),
  icon: z.string().optional(),
  default_ttl_ms: z.int().optional(),
  activity_bump_ms: z.int().optional(),
  time_til_autostop_notify_ms: z.int().optional(),
  autostop_requirement: TemplateAutostopRequirement.optional(),
  autostart_requirement: TemplateAutostartRequirement.optional(),
  allow_user_autostart: z.boolean().optional(),
  allow_user_autostop: z.boolean().optional(),
  allow_user_cancel_workspace_jobs: z.boolean().optional(),
  failure_ttl_ms: z.int().optional(),
  time_til_dormant_ms: z.int().optional(),
  time_til_dormant_autodelete_ms: z.int().optional(),
  update_workspace_last_used_at: z.boolean().optional(),
  update_workspace_dormant_at: z.boolean().optional(),
  require_active_version: z.boolean().optional(),
  deprecation_message: z.string().optional(),
  disable_everyone_group_access: z.boolean().optional(),
  max_port_share_level: PortShareLevel.optional(),
  cors_behavior: CORSBehavior.optional(),
  use_classic_parameter_flow: z.boolean().optional(),
  disable_module_cache: z.boolean().optional(),
});
export type UpdateTemplateMeta = z.infer<typeof UpdateTemplateMeta>;

/** A template that comes with the server: `markdown` is its manual, `id` what a version is imported by. */
export const TemplateExample = z.object({
  id: z.string(),
  url: z.string(),
  name: z.string(),
  description: z.string(),
  icon: z.string(),
  tags: z.array(z.string()),
  markdown: z.string(),
});
export type TemplateExample = z.infer<typeof TemplateExample>;

/** Which version new workspaces are built of from now on; it must have been imported and not be archived. */
export const UpdateActiveTemplateVersion = z.object({
  id: Uuid,
});
export type UpdateActiveTemplateVersion = z.infer<typeof UpdateActiveTemplateVersion>;

/** Which unused versions to put away: those that failed, or every one. */
export const ArchiveTemplateVersionsRequest = z.object({
  all: z.boolean().optional(),
});
export type ArchiveTemplateVersionsRequest = z.infer<typeof ArchiveTemplateVersionsRequest>;

/** What was put away; versions in use never are. */
export const ArchiveTemplateVersionsResponse = z.object({
  template_id: Uuid,
  archived_ids: z.array(Uuid),
});
export type ArchiveTemplateVersionsResponse = z.infer<typeof ArchiveTemplateVersionsResponse>;

/** A user in a template's access list, with what they may there. */
export const TemplateUser = z.object({
  id: Uuid,
  username: z.string(),
  name: z.string().optional(),
  avatar_url: z.string().optional(),
  email: z.string(),
  created_at: Time,
  updated_at: Time,
  last_seen_at: Time.optional(),
  status: UserStatus,
  login_type: LoginType,
  is_service_account: z.boolean().optional(),
  theme_preference: z.string().optional(),
  organization_ids: z.array(Uuid),
  roles: z.array(SlimRole),
  has_ai_seat: z.boolean(),
  role: TemplateRole,
});
export type TemplateUser = z.infer<typeof TemplateUser>;

/** A group in a template's access list, with what its members may there. */
export const TemplateGroup = z.object({
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
export type TemplateGroup = z.infer<typeof TemplateGroup>;

/** Everybody who may use a template. The word for groups is singular on the wire. */
export const TemplateACL = z.object({
  users: z.array(TemplateUser),
  group: z.array(TemplateGroup),
});
export type TemplateACL = z.infer<typeof TemplateACL>;

/** Whom the caller could put into an access list. */
export const ACLAvailable = z.object({
  users: z.array(ReducedUser),
  groups: z.array(Group),
});
export type ACLAvailable = z.infer<typeof ACLAvailable>;

/**
 * Changes to a template's access list: role by user's or group's id, the empty role to remove one. Who is not named
 * stays as they are.
 */
export const UpdateTemplateACL = z.object({
  user_perms: z.record(z.string(), TemplateRole).optional(),
  group_perms: z.record(z.string(), TemplateRole).optional(),
});
export type UpdateTemplateACL = z.infer<typeof UpdateTemplateACL>;

/** How many people used workspaces on one day, `YYYY-MM-DD` at the asker's offset. */
export const DAUEntry = z.object({
  date: z.string(),
  amount: z.int(),
});
export type DAUEntry = z.infer<typeof DAUEntry>;

/** Use by day; `tz_hour_offset` are the hours that its days are shifted against UTC. */
export const DAUsResponse = z.object({
  entries: z.array(DAUEntry),
  tz_hour_offset: z.int(),
});
export type DAUsResponse = z.infer<typeof DAUsResponse>;

/** A preset whose warm workspaces are being replaced. */
export const InvalidatedPreset = z.object({
  template_name: z.string(),
  template_version_name: z.string(),
  preset_name: z.string(),
});
export type InvalidatedPreset = z.infer<typeof InvalidatedPreset>;

/** Every preset of the active version that had a pool to renew. */
export const InvalidatePresetsResponse = z.object({
  invalidated: z.array(InvalidatedPreset),
});
export type InvalidatePresetsResponse = z.infer<typeof InvalidatePresetsResponse>;
