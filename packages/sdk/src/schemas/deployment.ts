import { z } from "zod";
import { Time, Uuid } from "../scalars.ts";

/** A part of the product that can be switched on before it is finished, in the reference's words. */
export const Experiment = z.enum([
  "ai-gateway-cost-control",
  "auto-fill-parameters",
  "chat-advisor",
  "chat-virtual-desktop",
  "example",
  "mcp-server-http",
  "minimum-implicit-member",
  "nats_pubsub",
  "notifications",
  "oauth2",
  "workspace-build-updates",
  "workspace-usage",
]);
export type Experiment = z.infer<typeof Experiment>;

/** Whether a licence allows something; in its grace period it still does. */
export const Entitlement = z.enum(["entitled", "grace_period", "not_entitled"]);
export type Entitlement = z.infer<typeof Entitlement>;

/** What the reference sells by licence. Here everything that exists is on. */
export const FeatureName = z.enum([
  "aibridge",
  "ai_governance_user_limit",
  "access_control",
  "advanced_template_scheduling",
  "appearance",
  "audit_log",
  "boundary",
  "browser_only",
  "connection_log",
  "control_shared_ports",
  "custom_roles",
  "external_provisioner_daemons",
  "external_token_encryption",
  "high_availability",
  "managed_agent_limit",
  "multiple_external_auth",
  "multiple_organizations",
  "scim",
  "service_accounts",
  "task_batch_actions",
  "template_rbac",
  "user_limit",
  "user_role_management",
  "workspace_batch_actions",
  "workspace_external_agent",
  "workspace_prebuilds",
  "workspace_proxy",
]);
export type FeatureName = z.infer<typeof FeatureName>;

/**
 * Which server this is, for clients to compare themselves with: what they gate on stands before the plus of
 * `version`.
 */
export const BuildInfoResponse = z.object({
  external_url: z.string(),
  version: z.string(),
  dashboard_url: z.string(),
  telemetry: z.boolean(),
  workspace_proxy: z.boolean(),
  agent_api_version: z.string(),
  provisioner_api_version: z.string(),
  upgrade_message: z.string(),
  deployment_id: z.string(),
  webpush_public_key: z.string().optional(),
});
export type BuildInfoResponse = z.infer<typeof BuildInfoResponse>;

/** The newest version that is known, and whether this is it. */
export const UpdateCheckResponse = z.object({
  current: z.boolean(),
  version: z.string(),
  url: z.string(),
});
export type UpdateCheckResponse = z.infer<typeof UpdateCheckResponse>;

/**
 * What `config-ssh` writes: names of hosts begin with the prefix or end with the suffix, and each gets these options.
 */
export const SSHConfigResponse = z.object({
  hostname_prefix: z.string(),
  hostname_suffix: z.string(),
  ssh_config_options: z.record(z.string(), z.string()),
});
export type SSHConfigResponse = z.infer<typeof SSHConfigResponse>;

/** How far clients are from their workspaces, in milliseconds: the middle one, and that which 95 of 100 undercut. */
export const WorkspaceConnectionLatencyMS = z.object({
  P50: z.number(),
  P95: z.number(),
});
export type WorkspaceConnectionLatencyMS = z.infer<typeof WorkspaceConnectionLatencyMS>;

/** Workspaces by what they are doing, and bytes that connections to them carried in the time looked at. */
export const WorkspaceDeploymentStats = z.object({
  pending: z.int(),
  building: z.int(),
  running: z.int(),
  failed: z.int(),
  stopped: z.int(),
  connection_latency_ms: WorkspaceConnectionLatencyMS,
  rx_bytes: z.int(),
  tx_bytes: z.int(),
});
export type WorkspaceDeploymentStats = z.infer<typeof WorkspaceDeploymentStats>;

/** Connections that are open, by what they are used with. */
export const SessionCountDeploymentStats = z.object({
  vscode: z.int(),
  ssh: z.int(),
  jetbrains: z.int(),
  reconnecting_pty: z.int(),
});
export type SessionCountDeploymentStats = z.infer<typeof SessionCountDeploymentStats>;

/** How much a deployment is used, counted since `aggregated_from` and again at `next_update_at`. */
export const DeploymentStats = z.object({
  aggregated_from: Time,
  collected_at: Time,
  next_update_at: Time,
  workspaces: WorkspaceDeploymentStats,
  session_count: SessionCountDeploymentStats,
});
export type DeploymentStats = z.infer<typeof DeploymentStats>;

/** How a deployment is configured, secrets left out; empty for who may not see it. */
export const DeploymentConfig = z.object({
  config: z.record(z.string(), z.unknown()).optional(),
  options: z.array(z.unknown()).optional(),
});
export type DeploymentConfig = z.infer<typeof DeploymentConfig>;

/** Experiments that can be switched on without fear. */
export const AvailableExperiments = z.object({
  safe: z.array(Experiment),
});
export type AvailableExperiments = z.infer<typeof AvailableExperiments>;

/** The time over which a licence counts. */
export const UsagePeriod = z.object({
  issued_at: Time,
  start: Time,
  end: Time,
});
export type UsagePeriod = z.infer<typeof UsagePeriod>;

/** What a licence says about one feature: `actual` of at most `limit` are in use, where it counts. */
export const Feature = z.object({
  entitlement: Entitlement,
  enabled: z.boolean(),
  limit: z.int().optional(),
  actual: z.int().optional(),
  usage_period: UsagePeriod.optional(),
});
export type Feature = z.infer<typeof Feature>;

/** What may be used, by the feature's name, and what a page should warn about. */
export const Entitlements = z.object({
  features: z.record(z.string(), Feature),
  warnings: z.array(z.string()),
  errors: z.array(z.string()),
  has_license: z.boolean(),
  trial: z.boolean(),
  require_telemetry: z.boolean(),
  refreshed_at: Time,
});
export type Entitlements = z.infer<typeof Entitlements>;

/** A licence as it was uploaded, with what it claims. */
export const License = z.object({
  id: z.int(),
  uuid: Uuid,
  uploaded_at: Time,
  claims: z.record(z.string(), z.unknown()),
});
export type License = z.infer<typeof License>;

/** A licence to use, as its issuer wrote it. */
export const AddLicenseRequest = z.object({
  license: z.string(),
});
export type AddLicenseRequest = z.infer<typeof AddLicenseRequest>;

/** A line above every page; `background_color` is a CSS colour in hexadecimal. */
export const BannerConfig = z.object({
  enabled: z.boolean(),
  message: z.string().optional(),
  background_color: z.string().optional(),
});
export type BannerConfig = z.infer<typeof BannerConfig>;

/** A link of the dashboard's menu, for help. */
export const LinkConfig = z.object({
  name: z.string(),
  target: z.string(),
  icon: z.string(),
  location: z.string().optional(),
});
export type LinkConfig = z.infer<typeof LinkConfig>;

/** What the dashboard shows of whose it is; empty texts stand for Hearth's own. */
export const AppearanceConfig = z.object({
  application_name: z.string(),
  logo_url: z.string(),
  docs_url: z.string(),
  service_banner: BannerConfig,
  announcement_banners: z.array(BannerConfig),
  support_links: z.array(LinkConfig).optional(),
});
export type AppearanceConfig = z.infer<typeof AppearanceConfig>;

/** What the dashboard is to show of whose it is, replaced as a whole. */
export const UpdateAppearanceConfig = z.object({
  application_name: z.string(),
  logo_url: z.string(),
  service_banner: BannerConfig,
  announcement_banners: z.array(BannerConfig),
});
export type UpdateAppearanceConfig = z.infer<typeof UpdateAppearanceConfig>;

/**
 * The host whose subdomains are apps, with a star for the name; empty where there is none, and apps are reached by
 * path.
 */
export const AppHostResponse = z.object({
  host: z.string(),
});
export type AppHostResponse = z.infer<typeof AppHostResponse>;

/** A server of this deployment that is alive; `database_latency` is in milliseconds. */
export const Replica = z.object({
  id: Uuid,
  hostname: z.string(),
  created_at: Time,
  relay_address: z.string(),
  region_id: z.int(),
  error: z.string(),
  database_latency: z.int(),
});
export type Replica = z.infer<typeof Replica>;
