import { z } from "zod";
import { Time, Uuid } from "../scalars.ts";
import { LoginType, RBACResource } from "./auth.ts";
import { SlimRole } from "./common.ts";

/** Whether somebody may log in: yes; yes, and has not yet or for long (`dormant`); or no. */
export const UserStatus = z.enum(["active", "dormant", "suspended"]);
export type UserStatus = z.infer<typeof UserStatus>;

/** Whether the dashboard has one theme, or that of the system; empty where nothing was chosen. */
export const ThemeMode = z.enum(["single", "sync", ""]);
export type ThemeMode = z.infer<typeof ThemeMode>;

/** The font of web terminals; empty for the dashboard's own. */
export const TerminalFontName = z.enum([
  "fira-code",
  "geist-mono",
  "ibm-plex-mono",
  "jetbrains-mono",
  "source-code-pro",
  "",
]);
export type TerminalFontName = z.infer<typeof TerminalFontName>;

/** How much of a model's thinking a chat shows. */
export const ThinkingDisplayMode = z.enum(["always_collapsed", "always_expanded", "auto", "preview"]);
export type ThinkingDisplayMode = z.infer<typeof ThinkingDisplayMode>;

/** How much of a tool's work a chat shows. */
export const AgentDisplayMode = z.enum(["always_collapsed", "always_expanded", "auto"]);
export type AgentDisplayMode = z.infer<typeof AgentDisplayMode>;

/** With which key a chat's message is sent: `enter`, or `enter` with a modifier. */
export const AgentChatSendShortcut = z.enum(["enter", "modifier_enter"]);
export type AgentChatSendShortcut = z.infer<typeof AgentChatSendShortcut>;

/**
 * A user without roles and organizations, as groups and access lists hold them. `last_seen_at` is left out or zero
 * for who never came.
 */
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

/** A user as administrators, and they themselves, see them. `theme_preference` is kept for old clients. */
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

/** A page of users. `count` is of all that match, whatever the page. */
export const GetUsersResponse = z.object({
  users: z.array(User),
  count: z.int(),
});
export type GetUsersResponse = z.infer<typeof GetUsersResponse>;

/**
 * An account to make, in at least one organization. A password goes with log-in by password alone; `user_status` not
 * given is `dormant` until the first log-in.
 */
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

/** Names and picture of a user. A full name that is left out becomes empty; a picture stays. */
export const UpdateUserProfileRequest = z.object({
  username: z.string(),
  name: z.string().optional(),
  avatar_url: z.string().optional(),
});
export type UpdateUserProfileRequest = z.infer<typeof UpdateUserProfileRequest>;

/** A new password. The old one is needed for one's own; every session and token of the user ends with it. */
export const UpdateUserPasswordRequest = z.object({
  old_password: z.string().optional(),
  password: z.string(),
});
export type UpdateUserPasswordRequest = z.infer<typeof UpdateUserPasswordRequest>;

/** The roles that somebody is to have from now on, all of them; left out is none. */
export const UpdateRoles = z.object({
  roles: z.array(z.string()).optional(),
});
export type UpdateRoles = z.infer<typeof UpdateRoles>;

/** Role names of a user: of the site, and by the organization's id. */
export const UserRoles = z.object({
  roles: z.array(z.string()),
  organization_roles: z.record(z.string(), z.array(z.string())),
});
export type UserRoles = z.infer<typeof UserRoles>;

/** By what somebody logs in. */
export const UserLoginType = z.object({
  login_type: LoginType,
});
export type UserLoginType = z.infer<typeof UserLoginType>;

/** What a user gave last for a parameter of this name. */
export const UserParameter = z.object({
  name: z.string(),
  value: z.string(),
});
export type UserParameter = z.infer<typeof UserParameter>;

/** How the dashboard looks to a user; everything is empty until it is set. */
export const UserAppearanceSettings = z.object({
  theme_preference: z.string(),
  theme_mode: ThemeMode,
  theme_light: z.string(),
  theme_dark: z.string(),
  terminal_font: TerminalFontName,
});
export type UserAppearanceSettings = z.infer<typeof UserAppearanceSettings>;

/** How the dashboard is to look, replaced as a whole. */
export const UpdateUserAppearanceSettingsRequest = z.object({
  theme_preference: z.string(),
  theme_mode: ThemeMode.optional(),
  theme_light: z.string().optional(),
  theme_dark: z.string().optional(),
  terminal_font: TerminalFontName,
});
export type UpdateUserAppearanceSettingsRequest = z.infer<typeof UpdateUserAppearanceSettingsRequest>;

/** Small choices of a user. Until they are made: false, `auto`, `always_collapsed`, empty and `enter`. */
export const UserPreferenceSettings = z.object({
  task_notification_alert_dismissed: z.boolean(),
  thinking_display_mode: ThinkingDisplayMode,
  shell_tool_display_mode: z.union([AgentDisplayMode, z.literal("")]),
  code_diff_display_mode: z.union([AgentDisplayMode, z.literal("")]),
  agent_chat_send_shortcut: AgentChatSendShortcut,
});
export type UserPreferenceSettings = z.infer<typeof UserPreferenceSettings>;

/** Choices to change; what is left out stays. */
export const UpdateUserPreferenceSettingsRequest = z.object({
  task_notification_alert_dismissed: z.boolean().optional(),
  thinking_display_mode: ThinkingDisplayMode.optional(),
  shell_tool_display_mode: AgentDisplayMode.optional(),
  code_diff_display_mode: AgentDisplayMode.optional(),
  agent_chat_send_shortcut: AgentChatSendShortcut.optional(),
});
export type UpdateUserPreferenceSettingsRequest = z.infer<typeof UpdateUserPreferenceSettingsRequest>;

/** The public half of a user's key for git: ed25519 in OpenSSH form, with a newline at its end. */
export const GitSSHKey = z.object({
  user_id: Uuid,
  created_at: Time,
  updated_at: Time,
  public_key: z.string(),
});
export type GitSSHKey = z.infer<typeof GitSSHKey>;

/**
 * When a user's workspaces may be restarted for their template's sake. `time` is `HH:MM` of `raw_schedule`, `next`
 * the next such instant.
 */
export const UserQuietHoursScheduleResponse = z.object({
  raw_schedule: z.string(),
  user_set: z.boolean(),
  user_can_set: z.boolean(),
  time: z.string(),
  timezone: z.string(),
  next: Time,
});
export type UserQuietHoursScheduleResponse = z.infer<typeof UserQuietHoursScheduleResponse>;

/** When the quiet hours begin, as a cron line of one minute and hour; empty: when the deployment says. */
export const UpdateUserQuietHoursScheduleRequest = z.object({
  schedule: z.string(),
});
export type UpdateUserQuietHoursScheduleRequest = z.infer<typeof UpdateUserQuietHoursScheduleRequest>;

/** What a role gives, or with `negate` takes away, on things of one kind. */
export const Permission = z.object({
  negate: z.boolean(),
  resource_type: RBACResource,
  // An action's word, or `*` for every one.
  action: z.string(),
});
export type Permission = z.infer<typeof Permission>;

/**
 * A role with all that it permits: everywhere, on one's own things, in its organization, and on one's own things
 * there.
 */
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

/** A role, and whether the caller may give it to somebody. */
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

/** A role of an organization's own, replaced as a whole. */
export const CustomRoleRequest = z.object({
  name: z.string(),
  display_name: z.string().optional(),
  site_permissions: z.array(Permission).optional(),
  user_permissions: z.array(Permission).optional(),
  organization_permissions: z.array(Permission).optional(),
  organization_member_permissions: z.array(Permission).optional(),
});
export type CustomRoleRequest = z.infer<typeof CustomRoleRequest>;

/** A secret that a user's workspaces get, as a variable, a file, or both; its value never comes back. */
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

/**
 * A secret to keep: at most 24 KiB, 50 of a user, 200 KiB in all. With neither variable nor file no workspace gets
 * it.
 */
export const CreateUserSecretRequest = z.object({
  name: z.string(),
  value: z.string(),
  description: z.string().optional(),
  env_name: z.string().optional(),
  file_path: z.string().optional(),
});
export type CreateUserSecretRequest = z.infer<typeof CreateUserSecretRequest>;

/** What to change of a secret; what is left out stays, and nothing at all is refused. */
export const UpdateUserSecretRequest = z.object({
  value: z.string().optional(),
  description: z.string().optional(),
  env_name: z.string().optional(),
  file_path: z.string().optional(),
});
export type UpdateUserSecretRequest = z.infer<typeof UpdateUserSecretRequest>;
