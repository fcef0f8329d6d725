import { z } from "zod";
import { Time, Uuid } from "../scalars.ts";
import { LoginType, RBACResource } from "./auth.ts";
import { SlimRole } from "./common.ts";

export const UserStatus = z.enum(["active", "dormant", "suspended"]);
export type UserStatus = z.infer<typeof UserStatus>;

export const ThemeMode = z.enum(["single", "sync", ""]);
export type ThemeMode = z.infer<typeof ThemeMode>;

export const TerminalFontName = z.enum([
  "fira-code",
  "geist-mono",
  "ibm-plex-mono",
  "jetbrains-mono",
  "source-code-pro",
  "",
]);
export type TerminalFontName = z.infer<typeof TerminalFontName>;

export const ThinkingDisplayMode = z.enum(["always_collapsed", "always_expanded", "auto", "preview"]);
export type ThinkingDisplayMode = z.infer<typeof ThinkingDisplayMode>;

export const AgentDisplayMode = z.enum(["always_collapsed", "always_expanded", "auto"]);
export type AgentDisplayMode = z.infer<typeof AgentDisplayMode>;

export const AgentChatSendShortcut = z.enum(["enter", "modifier_enter"]);
export type AgentChatSendShortcut = z.infer<typeof AgentChatSendShortcut>;

export const ReducedUser = z.object({
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
});
export type ReducedUser = z.infer<typeof ReducedUser>;

export const User = z.object({
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
});
export type User = z.infer<typeof User>;

export const GetUsersResponse = z.object({
  users: z.array(User),
  count: z.int(),
});
export type GetUsersResponse = z.infer<typeof GetUsersResponse>;

export const CreateUserRequestWithOrgs = z.object({
  email: z.string(),
  username: z.string(),
  name: z.string().optional(),
  password: z.string().optional(),
  login_type: LoginType.optional(),
  user_status: UserStatus.nullable().optional(),
  organization_ids: z.array(Uuid).optional(),
  organization_id: Uuid.optional(),
  service_account: z.boolean().optional(),
  roles: z.array(z.string()).optional(),
});
export type CreateUserRequestWithOrgs = z.infer<typeof CreateUserRequestWithOrgs>;

export const UpdateUserProfileRequest = z.object({
  username: z.string(),
  name: z.string().optional(),
  avatar_url: z.string().optional(),
});
export type UpdateUserProfileRequest = z.infer<typeof UpdateUserProfileRequest>;

export const UpdateUserPasswordRequest = z.object({
  old_password: z.string().optional(),
  password: z.string(),
});
export type UpdateUserPasswordRequest = z.infer<typeof UpdateUserPasswordRequest>;

export const UpdateRoles = z.object({
  roles: z.array(z.string()).optional(),
});
export type UpdateRoles = z.infer<typeof UpdateRoles>;

export const UserRoles = z.object({
  roles: z.array(z.string()),
  organization_roles: z.record(z.string(), z.array(z.string())),
});
export type UserRoles = z.infer<typeof UserRoles>;

export const UserLoginType = z.object({
  login_type: LoginType,
});
export type UserLoginType = z.infer<typeof UserLoginType>;

export const UserParameter = z.object({
  name: z.string(),
  value: z.string(),
});
export type UserParameter = z.infer<typeof UserParameter>;

export const UserAppearanceSettings = z.object({
  theme_preference: z.string(),
  theme_mode: ThemeMode,
  theme_light: z.string(),
  theme_dark: z.string(),
  terminal_font: TerminalFontName,
});
export type UserAppearanceSettings = z.infer<typeof UserAppearanceSettings>;

export const UpdateUserAppearanceSettingsRequest = z.object({
  theme_preference: z.string(),
  theme_mode: ThemeMode.optional(),
  theme_light: z.string().optional(),
  theme_dark: z.string().optional(),
  terminal_font: TerminalFontName,
});
export type UpdateUserAppearanceSettingsRequest = z.infer<typeof UpdateUserAppearanceSettingsRequest>;

export const UserPreferenceSettings = z.object({
  task_notification_alert_dismissed: z.boolean(),
  thinking_display_mode: ThinkingDisplayMode,
  shell_tool_display_mode: z.union([AgentDisplayMode, z.literal("")]),
  code_diff_display_mode: z.union([AgentDisplayMode, z.literal("")]),
  agent_chat_send_shortcut: AgentChatSendShortcut,
});
export type UserPreferenceSettings = z.infer<typeof UserPreferenceSettings>;

export const UpdateUserPreferenceSettingsRequest = z.object({
  task_notification_alert_dismissed: z.boolean().optional(),
  thinking_display_mode: ThinkingDisplayMode.optional(),
  shell_tool_display_mode: AgentDisplayMode.optional(),
  code_diff_display_mode: AgentDisplayMode.optional(),
  agent_chat_send_shortcut: AgentChatSendShortcut.optional(),
});
export type UpdateUserPreferenceSettingsRequest = z.infer<typeof UpdateUserPreferenceSettingsRequest>;

export const GitSSHKey = z.object({
  user_id: Uuid,
  created_at: Time,
  updated_at: Time,
  public_key: z.string(),
});
export type GitSSHKey = z.infer<typeof GitSSHKey>;

export const UserQuietHoursScheduleResponse = z.object({
  raw_schedule: z.string(),
  user_set: z.boolean(),
  user_can_set: z.boolean(),
  time: z.string(),
  timezone: z.string(),
  next: Time,
});
export type UserQuietHoursScheduleResponse = z.infer<typeof UserQuietHoursScheduleResponse>;

export const UpdateUserQuietHoursScheduleRequest = z.object({
  schedule: z.string(),
});
export type UpdateUserQuietHoursScheduleRequest = z.infer<typeof UpdateUserQuietHoursScheduleRequest>;

export const Permission = z.object({
  negate: z.boolean(),
  resource_type: RBACResource,
  // An action's word, or `*` for every one.
  action: z.string(),
});
export type Permission = z.infer<typeof Permission>;

export const Role = z.object({
  name: z.string(),
  organization_id: Uuid.optional(),
  display_name: z.string(),
  site_permissions: z.array(Permission),
  user_permissions: z.array(Permission),
  organization_permissions: z.array(Permission),
  organization_member_permissions: z.array(Permission),
});
export type Role = z.infer<typeof Role>;

export const AssignableRoles = z.object({
  name: z.string(),
  organization_id: Uuid.optional(),
  display_name: z.string(),
  site_permissions: z.array(Permission),
  user_permissions: z.array(Permission),
  organization_permissions: z.array(Permission),
  organization_member_permissions: z.array(Permission),
  assignable: z.boolean(),
  built_in: z.boolean(),
});
export type AssignableRoles = z.infer<typeof AssignableRoles>;

export const CustomRoleRequest = z.object({
  name: z.string(),
  display_name: z.string().optional(),
  site_permissions: z.array(Permission).optional(),
  user_permissions: z.array(Permission).optional(),
  organization_permissions: z.array(Permission).optional(),
  organization_member_permissions: z.array(Permission).optional(),
});
export type CustomRoleRequest = z.infer<typeof CustomRoleRequest>;

export const UserSecret = z.object({
  id: Uuid,
  name: z.string(),
  description: z.string(),
  env_name: z.string(),
  file_path: z.string(),
  created_at: Time,
  updated_at: Time,
});
export type UserSecret = z.infer<typeof UserSecret>;

export const CreateUserSecretRequest = z.object({
  name: z.string(),
  value: z.string(),
  description: z.string().optional(),
  env_name: z.string().optional(),
  file_path: z.string().optional(),
});
export type CreateUserSecretRequest = z.infer<typeof CreateUserSecretRequest>;

export const UpdateUserSecretRequest = z.object({
  value: z.string().optional(),
  description: z.string().optional(),
  env_name: z.string().optional(),
  file_path: z.string().optional(),
});
export type UpdateUserSecretRequest = z.infer<typeof UpdateUserSecretRequest>;
