import { z } from "zod";
import { Time, Uuid } from "../scalars.ts";
import { LogLevel } from "./provisioners.ts";
import { PortShareLevel } from "./templates.ts";

/** What a program in a workspace says of its own work: it is at it, waits for more, has finished, or could not. */
export const WorkspaceAppStatusState = z.enum(["working", "idle", "complete", "failure"]);
export type WorkspaceAppStatusState = z.infer<typeof WorkspaceAppStatusState>;

/** A message of a program in a workspace about its work; `needs_user_attention` asks for somebody. */
export const WorkspaceAppStatus = z.object({
  id: Uuid,
  created_at: Time,
  workspace_id: Uuid,
  agent_id: Uuid,
  app_id: Uuid,
  state: WorkspaceAppStatusState,
  message: z.string(),
  uri: z.string(),
  icon: z.string(),
  needs_user_attention: z.boolean(),
});
export type WorkspaceAppStatus = z.infer<typeof WorkspaceAppStatus>;

/** Through what an agent was brought up. */
export const AgentSubsystem = z.enum(["envbox", "envbuilder", "exectrace"]);
export type AgentSubsystem = z.infer<typeof AgentSubsystem>;

/** How far a relay is from an agent, in milliseconds, and whether it is the one that it uses. */
export const DERPRegion = z.object({
  preferred: z.boolean(),
  latency_ms: z.number(),
});
export type DERPRegion = z.infer<typeof DERPRegion>;

/** Ways in that the dashboard can offer beside the apps that a template declares. */
export const DisplayApp = z.enum(["vscode", "vscode_insiders", "web_terminal", "ssh_helper", "port_forwarding_helper"]);
export type DisplayApp = z.infer<typeof DisplayApp>;

/** Whether log-ins wait for the start scripts. `blocking` where any of these says so. */
export const StartupScriptBehavior = z.enum(["blocking", "non-blocking"]);
export type StartupScriptBehavior = z.infer<typeof StartupScriptBehavior>;

/** Whether an agent is as it should be, and if not why, in a sentence. */
export const WorkspaceAgentHealth = z.object({
  healthy: z.boolean(),
  reason: z.string().optional(),
});
export type WorkspaceAgentHealth = z.infer<typeof WorkspaceAgentHealth>;

/**
 * How far an agent's scripts are: not begun; at it; over their time; failed; done (`ready`); and the same of
 * stopping, until it is `off`.
 */
export const WorkspaceAgentLifecycle = z.enum([
  "created",
  "starting",
  "start_timeout",
  "start_error",
  "ready",
  "shutting_down",
  "shutdown_timeout",
  "shutdown_error",
  "off",
]);
export type WorkspaceAgentLifecycle = z.infer<typeof WorkspaceAgentLifecycle>;

/** Whose lines an agent's log holds: a script of the template, or the agent itself. */
export const WorkspaceAgentLogSource = z.object({
  workspace_agent_id: Uuid,
  id: Uuid,
  created_at: Time,
  display_name: z.string(),
  icon: z.string(),
});
export type WorkspaceAgentLogSource = z.infer<typeof WorkspaceAgentLogSource>;

/**
 * How a script ended: well; with another code than 0; by its time; or while programs that it started still held its
 * output.
 */
export const AgentScriptStatus = z.enum(["ok", "exit_failure", "timed_out", "pipes_left_open"]);
export type AgentScriptStatus = z.infer<typeof AgentScriptStatus>;

/**
 * A script of the template and, once it has run, how that ended. `timeout` is in nanoseconds, 0 for none; `cron` is
 * empty where it does not run by itself.
 */
export const WorkspaceAgentScript = z.object({
  id: Uuid,
  log_source_id: Uuid,
  log_path: z.string(),
  script: z.string(),
  cron: z.string(),
  run_on_start: z.boolean(),
  run_on_stop: z.boolean(),
  start_blocks_login: z.boolean(),
  timeout: z.int(),
  display_name: z.string(),
  exit_code: z.int().optional(),
  status: AgentScriptStatus.optional(),
});
export type WorkspaceAgentScript = z.infer<typeof WorkspaceAgentScript>;

/**
 * Whether an agent is heard from: never yet (`connecting`, `timeout` when that took longer than the template allows),
 * now, or no longer.
 */
export const WorkspaceAgentStatus = z.enum(["connecting", "connected", "disconnected", "timeout"]);
export type WorkspaceAgentStatus = z.infer<typeof WorkspaceAgentStatus>;

/**
 * How an app is looked at: every `interval` seconds, unhealthy after `threshold` failures in a row. Any answer below
 * 500 is well.
 */
export const Healthcheck = z.object({
  url: z.string(),
  interval: z.int(),
  threshold: z.int(),
});
export type Healthcheck = z.infer<typeof Healthcheck>;

/** Whether an app answers. `disabled`: nobody looks. */
export const WorkspaceAppHealth = z.enum(["disabled", "initializing", "healthy", "unhealthy"]);
export type WorkspaceAppHealth = z.infer<typeof WorkspaceAppHealth>;

/** Where a browser shows an app: in a window without bars, or beside what is open. */
export const WorkspaceAppOpenIn = z.enum(["slim-window", "tab"]);
export type WorkspaceAppOpenIn = z.infer<typeof WorkspaceAppOpenIn>;

/**
 * A program in a workspace that can be opened from outside, or an address elsewhere (`external`). `subdomain_name` is
 * left out where there is no wildcard host.
 */
export const WorkspaceApp = z.object({
  id: Uuid,
  url: z.string().optional(),
  external: z.boolean(),
  slug: z.string(),
  display_name: z.string().optional(),
  command: z.string().optional(),
  icon: z.string().optional(),
  subdomain: z.boolean(),
  subdomain_name: z.string().optional(),
  sharing_level: PortShareLevel,
  healthcheck: Healthcheck.optional(),
  health: WorkspaceAppHealth,
  group: z.string().optional(),
  hidden: z.boolean(),
  open_in: WorkspaceAppOpenIn,
  tooltip: z.string().optional(),
  statuses: z.array(WorkspaceAppStatus),
});
export type WorkspaceApp = z.infer<typeof WorkspaceApp>;

/**
 * The program inside a workspace that all ways in lead to. Instants are left out until they have come; `status` is
 * whether it is heard from, `lifecycle_state` how far its scripts are.
 */
export const WorkspaceAgent = z.object({
  id: Uuid,
  parent_id: Uuid.nullable(),
  created_at: Time,
  updated_at: Time,
  first_connected_at: Time.optional(),
  last_connected_at: Time.optional(),
  disconnected_at: Time.optional(),
  started_at: Time.optional(),
  ready_at: Time.optional(),
  /** Why it is not started again any more, after it had ended too often; gone once it is back. */
  given_up_reason: z.string().optional(),
  status: WorkspaceAgentStatus,
  lifecycle_state: WorkspaceAgentLifecycle,
  name: z.string(),
  resource_id: Uuid,
  instance_id: z.string().optional(),
  architecture: z.string(),
  environment_variables: z.record(z.string(), z.string()),
  operating_system: z.string(),
  logs_length: z.int(),
  logs_overflowed: z.boolean(),
  directory: z.string().optional(),
  expanded_directory: z.string().optional(),
  version: z.string(),
  api_version: z.string(),
  apps: z.array(WorkspaceApp),
  latency: z.record(z.string(), DERPRegion).optional(),
  connection_timeout_seconds: z.int(),
  troubleshooting_url: z.string(),
  subsystems: z.array(AgentSubsystem),
  health: WorkspaceAgentHealth,
  display_apps: z.array(DisplayApp),
  log_sources: z.array(WorkspaceAgentLogSource),
  scripts: z.array(WorkspaceAgentScript),
  startup_script_behavior: StartupScriptBehavior,
});
export type WorkspaceAgent = z.infer<typeof WorkspaceAgent>;

/** What a dev container is doing; `error`: why is in its `error`. */
export const DevcontainerStatus = z.enum(["running", "stopped", "starting", "stopping", "deleting", "error"]);
export type DevcontainerStatus = z.infer<typeof DevcontainerStatus>;

/** A line of an agent's log. Ids only grow, which is what `after` and `before` go by. */
export const WorkspaceAgentLog = z.object({
  id: z.int(),
  created_at: Time,
  output: z.string(),
  level: LogLevel,
  source_id: Uuid,
});
export type WorkspaceAgentLog = z.infer<typeof WorkspaceAgentLog>;

/**
 * What a metadata script said last: `age` in whole seconds, by the server's clock. `value` is at most 2048 bytes,
 * beyond which it is cut and `error` says so.
 */
export const WorkspaceAgentMetadataResult = z.object({
  collected_at: Time,
  age: z.int(),
  value: z.string(),
  error: z.string(),
});
export type WorkspaceAgentMetadataResult = z.infer<typeof WorkspaceAgentMetadataResult>;

/** What a metadata script is: run every `interval` seconds, given up after `timeout` seconds. */
export const WorkspaceAgentMetadataDescription = z.object({
  display_name: z.string(),
  key: z.string(),
  script: z.string(),
  interval: z.int(),
  timeout: z.int(),
});
export type WorkspaceAgentMetadataDescription = z.infer<typeof WorkspaceAgentMetadataDescription>;

/** A fact that a workspace shows about itself, and where it comes from. */
export const WorkspaceAgentMetadata = z.object({
  result: WorkspaceAgentMetadataResult,
  description: WorkspaceAgentMetadataDescription,
});
export type WorkspaceAgentMetadata = z.infer<typeof WorkspaceAgentMetadata>;

/** A port that a program in a workspace listens on; well-known ports of the system are left out. */
export const WorkspaceAgentListeningPort = z.object({
  process_name: z.string(),
  network: z.string(),
  port: z.int(),
});
export type WorkspaceAgentListeningPort = z.infer<typeof WorkspaceAgentListeningPort>;

/** The ports that listen now, asked of the agent. */
export const WorkspaceAgentListeningPortsResponse = z.object({
  ports: z.array(WorkspaceAgentListeningPort),
});
export type WorkspaceAgentListeningPortsResponse = z.infer<typeof WorkspaceAgentListeningPortsResponse>;

/**
 * A relay: its addresses, and the ports that differ from the usual ones. The fields are those of the tunnel's own
 * protocol.
 */
export const TailDERPNode = z.object({
  Name: z.string(),
  RegionID: z.int(),
  HostName: z.string(),
  CertName: z.string().optional(),
  IPv4: z.string().optional(),
  IPv6: z.string().optional(),
  STUNPort: z.int().optional(),
  STUNOnly: z.boolean().optional(),
  DERPPort: z.int().optional(),
  InsecureForTests: z.boolean().optional(),
  ForceHTTP: z.boolean().optional(),
  STUNTestIP: z.string().optional(),
  CanPort80: z.boolean().optional(),
});
export type TailDERPNode = z.infer<typeof TailDERPNode>;

/** Relays of one place, any of which will do. */
export const TailDERPRegion = z.object({
  EmbeddedRelay: z.boolean(),
  RegionID: z.int(),
  RegionCode: z.string(),
  RegionName: z.string(),
  Avoid: z.boolean().optional(),
  Nodes: z.array(TailDERPNode),
});
export type TailDERPRegion = z.infer<typeof TailDERPRegion>;

/** Every relay that clients and agents may use, by the region's number. */
export const DERPMap = z.object({
  HomeParams: z.unknown().optional(),
  Regions: z.record(z.string(), TailDERPRegion),
  OmitDefaultRegions: z.boolean().optional(),
});
export type DERPMap = z.infer<typeof DERPMap>;

/** What a client must know before it can tunnel to an agent. */
export const AgentConnectionInfo = z.object({
  derp_map: DERPMap,
  derp_force_websockets: z.boolean(),
  disable_direct_connections: z.boolean(),
  hostname_suffix: z.string().optional(),
});
export type AgentConnectionInfo = z.infer<typeof AgentConnectionInfo>;

/** For which terminal, on which proxy, a token is wanted. */
export const IssueReconnectingPTYSignedTokenRequest = z.object({
  url: z.string(),
  agentID: Uuid,
});
export type IssueReconnectingPTYSignedTokenRequest = z.infer<typeof IssueReconnectingPTYSignedTokenRequest>;

/** A token that opens one terminal, for a short time. */
export const IssueReconnectingPTYSignedTokenResponse = z.object({
  signed_token: z.string(),
});
export type IssueReconnectingPTYSignedTokenResponse = z.infer<typeof IssueReconnectingPTYSignedTokenResponse>;

/** What a terminal's client sends: keys, or its new size in characters. */
export const ReconnectingPTYRequest = z.object({
  data: z.string().optional(),
  height: z.int().optional(),
  width: z.int().optional(),
});
export type ReconnectingPTYRequest = z.infer<typeof ReconnectingPTYRequest>;

/** A port of a container, and where the workspace has it, if it was published. */
export const WorkspaceAgentContainerPort = z.object({
  port: z.int(),
  network: z.string(),
  host_ip: z.string().optional(),
  host_port: z.int().optional(),
});
export type WorkspaceAgentContainerPort = z.infer<typeof WorkspaceAgentContainerPort>;

/** A container that runs, or has run, inside a workspace. */
export const WorkspaceAgentContainer = z.object({
  created_at: Time,
  id: z.string(),
  name: z.string(),
  image: z.string(),
  labels: z.record(z.string(), z.string()),
  running: z.boolean(),
  ports: z.array(WorkspaceAgentContainerPort),
  status: z.string(),
  volumes: z.record(z.string(), z.string()),
});
export type WorkspaceAgentContainer = z.infer<typeof WorkspaceAgentContainer>;

/** The agent that runs in a dev container. */
export const WorkspaceAgentDevcontainerAgent = z.object({
  id: Uuid,
  name: z.string(),
  directory: z.string(),
});
export type WorkspaceAgentDevcontainerAgent = z.infer<typeof WorkspaceAgentDevcontainerAgent>;

/** A dev container of a workspace. `dirty`: its configuration was changed since it was built. */
export const WorkspaceAgentDevcontainer = z.object({
  id: Uuid,
  name: z.string(),
  workspace_folder: z.string(),
  config_path: z.string().optional(),
  subagent_id: Uuid.optional(),
  status: DevcontainerStatus,
  dirty: z.boolean(),
  container: WorkspaceAgentContainer.optional(),
  agent: WorkspaceAgentDevcontainerAgent.optional(),
  error: z.string().optional(),
});
export type WorkspaceAgentDevcontainer = z.infer<typeof WorkspaceAgentDevcontainer>;

/** Containers inside a workspace, dev containers apart; `warnings` say what could not be found out. */
export const WorkspaceAgentListContainersResponse = z.object({
  devcontainers: z.array(WorkspaceAgentDevcontainer),
  containers: z.array(WorkspaceAgentContainer),
  warnings: z.array(z.string()).optional(),
});
export type WorkspaceAgentListContainersResponse = z.infer<typeof WorkspaceAgentListContainersResponse>;
