import { z } from "zod";
import { Time, Uuid } from "../scalars.ts";
import { EngineName } from "./hearth.ts";
import { LoginType } from "./auth.ts";
import { SlimRole } from "./common.ts";
import { Group, GroupSource } from "./groups.ts";
import { ProvisionerType } from "./provisioners.ts";
import { ReducedUser, UserStatus } from "./users.ts";

export const PortShareLevel = z.enum(["owner", "authenticated", "organization", "public"]);
export type PortShareLevel = z.infer<typeof PortShareLevel>;

export const CORSBehavior = z.enum(["simple", "passthru"]);
export type CORSBehavior = z.infer<typeof CORSBehavior>;

export const TemplateRole = z.enum(["admin", "use", ""]);
export type TemplateRole = z.infer<typeof TemplateRole>;

export const TransitionStats = z.object({
  P50: z.int().nullable(),
  P95: z.int().nullable(),
});
export type TransitionStats = z.infer<typeof TransitionStats>;

export const TemplateBuildTimeStats = z.record(z.string(), TransitionStats);
export type TemplateBuildTimeStats = z.infer<typeof TemplateBuildTimeStats>;

export const TemplateAutostartRequirement = z.object({
  days_of_week: z.array(z.string()),
});
export type TemplateAutostartRequirement = z.infer<typeof TemplateAutostartRequirement>;

export const TemplateAutostopRequirement = z.object({
  days_of_week: z.array(z.string()),
  weeks: z.int(),
});
export type TemplateAutostopRequirement = z.infer<typeof TemplateAutostopRequirement>;

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

export const UpdateActiveTemplateVersion = z.object({
  id: Uuid,
});
export type UpdateActiveTemplateVersion = z.infer<typeof UpdateActiveTemplateVersion>;

export const ArchiveTemplateVersionsRequest = z.object({
  all: z.boolean().optional(),
});
export type ArchiveTemplateVersionsRequest = z.infer<typeof ArchiveTemplateVersionsRequest>;

export const ArchiveTemplateVersionsResponse = z.object({
  template_id: Uuid,
  archived_ids: z.array(Uuid),
});
export type ArchiveTemplateVersionsResponse = z.infer<typeof ArchiveTemplateVersionsResponse>;

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

export const TemplateACL = z.object({
  users: z.array(TemplateUser),
  group: z.array(TemplateGroup),
});
export type TemplateACL = z.infer<typeof TemplateACL>;

export const ACLAvailable = z.object({
  users: z.array(ReducedUser),
  groups: z.array(Group),
});
export type ACLAvailable = z.infer<typeof ACLAvailable>;

export const UpdateTemplateACL = z.object({
  user_perms: z.record(z.string(), TemplateRole).optional(),
  group_perms: z.record(z.string(), TemplateRole).optional(),
});
export type UpdateTemplateACL = z.infer<typeof UpdateTemplateACL>;

export const DAUEntry = z.object({
  date: z.string(),
  amount: z.int(),
});
export type DAUEntry = z.infer<typeof DAUEntry>;

export const DAUsResponse = z.object({
  entries: z.array(DAUEntry),
  tz_hour_offset: z.int(),
});
export type DAUsResponse = z.infer<typeof DAUsResponse>;

export const InvalidatedPreset = z.object({
  template_name: z.string(),
  template_version_name: z.string(),
  preset_name: z.string(),
});
export type InvalidatedPreset = z.infer<typeof InvalidatedPreset>;

export const InvalidatePresetsResponse = z.object({
  invalidated: z.array(InvalidatedPreset),
});
export type InvalidatePresetsResponse = z.infer<typeof InvalidatePresetsResponse>;
