import { z } from "zod";
import { Time, Uuid } from "../scalars.ts";

/** By what somebody proves who they are; `none` for service accounts, which have tokens alone. */
export const LoginType = z.enum(["password", "github", "oidc", "token", "none", ""]);
export type LoginType = z.infer<typeof LoginType>;

/** What can be allowed on a thing. */
export const RBACAction = z.enum([
  "application_connect",
  "assign",
  "create",
  "create_agent",
  "delete",
  "delete_agent",
  "read",
  "read_personal",
  "ssh",
  "share",
  "unassign",
  "update",
  "update_agent",
  "update_personal",
  "use",
  "view_insights",
  "start",
  "stop",
]);
export type RBACAction = z.infer<typeof RBACAction>;

/** Kinds of things on which something can be allowed; `*` is all of them. */
export const RBACResource = z.enum([
  "ai_gateway_key",
  "ai_provider",
  "ai_model_price",
  "ai_seat",
  "aibridge_interception",
  "api_key",
  "assign_org_role",
  "assign_role",
  "audit_log",
  "boundary_log",
  "boundary_usage",
  "chat",
  "chat_model_config",
  "connection_log",
  "crypto_key",
  "debug_info",
  "deployment_config",
  "deployment_stats",
  "file",
  "group",
  "group_member",
  "idpsync_settings",
  "inbox_notification",
  "license",
  "notification_message",
  "notification_preference",
  "notification_template",
  "oauth2_app",
  "oauth2_app_code_token",
  "oauth2_app_secret",
  "organization",
  "organization_member",
  "prebuilt_workspace",
  "provisioner_daemon",
  "provisioner_jobs",
  "replicas",
  "system",
  "tailnet_coordinator",
  "task",
  "template",
  "usage_event",
  "user",
  "user_secret",
  "user_skill",
  "webpush_subscription",
  "*",
  "workspace",
  "workspace_agent_devcontainers",
  "workspace_agent_resource_monitor",
  "workspace_build_orchestration",
  "workspace_dormant",
  "workspace_proxy",
]);
export type RBACResource = z.infer<typeof RBACResource>;

/** Whether each check holds, by the name that the asker gave it. */
export const AuthorizationResponse = z.record(z.string(), z.boolean());
export type AuthorizationResponse = z.infer<typeof AuthorizationResponse>;

/** Whether one can log in this way. */
export const AuthMethod = z.object({
  enabled: z.boolean(),
});
export type AuthMethod = z.infer<typeof AuthMethod>;

/** Whether one can log in by GitHub, and whether that is set up by default. */
export const GithubAuthMethod = z.object({
  enabled: z.boolean(),
  default_provider_configured: z.boolean(),
});
export type GithubAuthMethod = z.infer<typeof GithubAuthMethod>;

/** Whether one can log in by the organization's own directory, and what its button shows. */
export const OIDCAuthMethod = z.object({
  enabled: z.boolean(),
  signInText: z.string(),
  iconUrl: z.string(),
});
export type OIDCAuthMethod = z.infer<typeof OIDCAuthMethod>;

/** Every way to log in, for a page that nobody is logged in to. */
export const AuthMethods = z.object({
  terms_of_service_url: z.string().optional(),
  password: AuthMethod,
  github: GithubAuthMethod,
  oidc: OIDCAuthMethod,
});
export type AuthMethods = z.infer<typeof AuthMethods>;

/** Whoever has this address, and their password. Wrong in either is the same refusal. */
export const LoginWithPasswordRequest = z.object({
  email: z.string(),
  password: z.string(),
});
export type LoginWithPasswordRequest = z.infer<typeof LoginWithPasswordRequest>;

/** The token of the new session. */
export const LoginWithPasswordResponse = z.object({
  session_token: z.string(),
});
export type LoginWithPasswordResponse = z.infer<typeof LoginWithPasswordResponse>;

/** What the reference asks of whoever tries it; nothing is done with it. */
export const CreateFirstUserTrialInfo = z.object({
  first_name: z.string().optional(),
  last_name: z.string().optional(),
  phone_number: z.string().optional(),
  job_title: z.string().optional(),
  company_name: z.string().optional(),
  country: z.string().optional(),
  developers: z.string().optional(),
});
export type CreateFirstUserTrialInfo = z.infer<typeof CreateFirstUserTrialInfo>;

/** Which letters somebody wants; nothing is done with it. */
export const CreateFirstUserOnboardingInfo = z.object({
  newsletter_marketing: z.boolean().optional(),
  newsletter_releases: z.boolean().optional(),
});
export type CreateFirstUserOnboardingInfo = z.infer<typeof CreateFirstUserOnboardingInfo>;

/** The owner of a fresh deployment. Refused once there is any user. */
export const CreateFirstUserRequest = z.object({
  email: z.string(),
  username: z.string(),
  name: z.string().optional(),
  password: z.string(),
  trial: z.boolean().optional(),
  trial_info: CreateFirstUserTrialInfo.optional(),
  onboarding_info: CreateFirstUserOnboardingInfo.optional(),
});
export type CreateFirstUserRequest = z.infer<typeof CreateFirstUserRequest>;

/** The owner, and the organization that they were put into. */
export const CreateFirstUserResponse = z.object({
  user_id: Uuid,
  organization_id: Uuid,
});
export type CreateFirstUserResponse = z.infer<typeof CreateFirstUserResponse>;

/** To whom to send a code for a forgotten password. The answer does not tell whether they exist. */
export const RequestOneTimePasscodeRequest = z.object({
  email: z.string(),
});
export type RequestOneTimePasscodeRequest = z.infer<typeof RequestOneTimePasscodeRequest>;

/** A new password, with the code that was sent for it. */
export const ChangePasswordWithOneTimePasscodeRequest = z.object({
  email: z.string(),
  password: z.string(),
  one_time_passcode: z.string(),
});
export type ChangePasswordWithOneTimePasscodeRequest = z.infer<typeof ChangePasswordWithOneTimePasscodeRequest>;

/** A password that somebody thinks of using. */
export const ValidateUserPasswordRequest = z.object({
  password: z.string(),
});
export type ValidateUserPasswordRequest = z.infer<typeof ValidateUserPasswordRequest>;

/** Whether it is strong enough, and if not why. */
export const ValidateUserPasswordResponse = z.object({
  valid: z.boolean(),
  details: z.string(),
});
export type ValidateUserPasswordResponse = z.infer<typeof ValidateUserPasswordResponse>;

/** By what to log in from now on, and the password so far. */
export const ConvertLoginRequest = z.object({
  to_type: LoginType,
  password: z.string(),
});
export type ConvertLoginRequest = z.infer<typeof ConvertLoginRequest>;

/** A change of log-in that is begun: it is done by logging in the new way before it expires, with this state. */
export const OAuthConversionResponse = z.object({
  state_string: z.string(),
  expires_at: Time,
  to_type: LoginType,
  user_id: Uuid,
});
export type OAuthConversionResponse = z.infer<typeof OAuthConversionResponse>;

/** What a check is about: one thing, those of one owner or organization, or with none of these any. */
export const AuthorizationObject = z.object({
  resource_type: RBACResource,
  owner_id: z.string().optional(),
  organization_id: z.string().optional(),
  resource_id: z.string().optional(),
  any_org: z.boolean().optional(),
});
export type AuthorizationObject = z.infer<typeof AuthorizationObject>;

/** Whether the caller may do this to that. */
export const AuthorizationCheck = z.object({
  object: AuthorizationObject,
  action: RBACAction,
});
export type AuthorizationCheck = z.infer<typeof AuthorizationCheck>;

/** Checks under names that the asker chooses. */
export const AuthorizationRequest = z.object({
  checks: z.record(z.string(), AuthorizationCheck).optional(),
});
export type AuthorizationRequest = z.infer<typeof AuthorizationRequest>;
