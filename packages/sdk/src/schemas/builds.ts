import { z } from "zod";
import { Time, Uuid } from "../scalars.ts";
import { WorkspaceAgent } from "./agents.ts";
import { MatchedProvisioners, ProvisionerJob, WorkspaceTransition } from "./provisioners.ts";

/** A parameter's value, as text whatever its type: lists are JSON. */
export const WorkspaceBuildParameter = z.object({
  name: z.string(),
  value: z.string(),
});
export type WorkspaceBuildParameter = z.infer<typeof WorkspaceBuildParameter>;

/**
 * The latest job and its transition in one word: waiting is `pending`; at work `starting`, `stopping` or `deleting`;
 * done `running`, `stopped` or `deleted`; and what was stopped by somebody or failed.
 */
export const WorkspaceStatus = z.enum([
  "canceled",
  "canceling",
  "deleted",
  "deleting",
  "failed",
  "pending",
  "running",
  "starting",
  "stopped",
  "stopping",
]);
export type WorkspaceStatus = z.infer<typeof WorkspaceStatus>;

/** Why a build was made: by somebody (`initiator` where they did not say with what), or by the server on its own. */
export const BuildReason = z.enum([
  "autostart",
  "autostop",
  "cli",
  "dashboard",
  "dormancy",
  "initiator",
  "jetbrains_connection",
  "ssh_connection",
  "task_auto_pause",
  "task_manual_pause",
  "task_resume",
  "vscode_connection",
]);
export type BuildReason = z.infer<typeof BuildReason>;

/** A fact that the template shows about a resource. Values that are `sensitive` are hidden until asked for. */
export const WorkspaceResourceMetadata = z.object({
  key: z.string(),
  value: z.string(),
  sensitive: z.boolean(),
});
export type WorkspaceResourceMetadata = z.infer<typeof WorkspaceResourceMetadata>;

/**
 * A piece of infrastructure that a build made, or that an import expects for that transition. `daily_cost` is in
 * credits, taken from the owner's quota.
 */
export const WorkspaceResource = z.object({
  id: Uuid,
  created_at: Time,
  job_id: Uuid,
  workspace_transition: WorkspaceTransition,
  type: z.string(),
  name: z.string(),
  hide: z.boolean(),
  icon: z.string(),
  agents: z.array(WorkspaceAgent).optional(),
  metadata: z.array(WorkspaceResourceMetadata).optional(),
  daily_cost: z.int(),
});
export type WorkspaceResource = z.infer<typeof WorkspaceResource>;

/**
 * One change of a workspace's infrastructure: to start, stop or delete it. Numbers count from 1 in each workspace.
 * `resources` is empty until the job has ended; `deadline` and `max_deadline` are null for none.
 */
export const WorkspaceBuild = z.object({
  id: Uuid,
  created_at: Time,
  updated_at: Time,
  workspace_id: Uuid,
  workspace_name: z.string(),
  workspace_owner_id: Uuid,
  workspace_owner_name: z.string(),
  workspace_owner_avatar_url: z.string().optional(),
  template_version_id: Uuid,
  template_version_name: z.string(),
  build_number: z.int(),
  transition: WorkspaceTransition,
  initiator_id: Uuid,
  initiator_name: z.string(),
  job: ProvisionerJob,
  reason: BuildReason,
  resources: z.array(WorkspaceResource),
  deadline: Time.nullable().optional(),
  max_deadline: Time.nullable().optional(),
  status: WorkspaceStatus,
  daily_cost: z.int(),
  matched_provisioners: MatchedProvisioners.optional(),
  template_version_preset_id: Uuid.nullable(),
  has_ai_task: z.boolean().optional(),
  has_external_agent: z.boolean().optional(),
});
export type WorkspaceBuild = z.infer<typeof WorkspaceBuild>;

/** The reasons that a client may give for a build of its own. */
export const CreateWorkspaceBuildReason = z.enum([
  "cli",
  "dashboard",
  "jetbrains_connection",
  "ssh_connection",
  "task_manual_pause",
  "task_resume",
  "vscode_connection",
]);
export type CreateWorkspaceBuildReason = z.infer<typeof CreateWorkspaceBuildReason>;

/** How much a build's log says beyond the usual. */
export const ProvisionerLogLevel = z.enum(["debug"]);
export type ProvisionerLogLevel = z.infer<typeof ProvisionerLogLevel>;

/**
 * What a span of a build's timings was spent on: the four phases of the engine, scripts on start, stop and a
 * schedule, and waiting for an agent.
 */
export const TimingStage = z.enum(["init", "plan", "graph", "apply", "start", "stop", "cron", "connect"]);
export type TimingStage = z.infer<typeof TimingStage>;

/** A build to make right after this one, if it ends well: a restart is a stop with a start to follow. */
export const CreateWorkspaceBuildOnSuccessRequest = z.object({
  template_version_id: Uuid.optional(),
  transition: WorkspaceTransition,
  rich_parameter_values: z.array(WorkspaceBuildParameter).optional(),
  template_version_preset_id: Uuid.optional(),
});
export type CreateWorkspaceBuildOnSuccessRequest = z.infer<typeof CreateWorkspaceBuildOnSuccessRequest>;

/**
 * What to do with a workspace. No version given: that of the latest build. `orphan` deletes without touching the
 * infrastructure, and goes with `delete` alone; `state` and `orphan` need the right to change the template.
 */
export const CreateWorkspaceBuildRequest = z.object({
  template_version_id: Uuid.optional(),
  transition: WorkspaceTransition,
  dry_run: z.boolean().optional(),
  state: z.string().optional(),
  orphan: z.boolean().optional(),
  rich_parameter_values: z.array(WorkspaceBuildParameter).optional(),
  log_level: ProvisionerLogLevel.optional(),
  template_version_preset_id: Uuid.optional(),
  reason: CreateWorkspaceBuildReason.optional(),
  on_success: CreateWorkspaceBuildOnSuccessRequest.optional(),
});
export type CreateWorkspaceBuildRequest = z.infer<typeof CreateWorkspaceBuildRequest>;

/** What the engine is to remember instead, base64. It takes what is there for its own. */
export const UpdateWorkspaceBuildStateRequest = z.object({
  state: z.string().optional(),
});
export type UpdateWorkspaceBuildStateRequest = z.infer<typeof UpdateWorkspaceBuildStateRequest>;

/** How long the engine spent on one resource, or one step of its own, in one phase. */
export const ProvisionerTiming = z.object({
  job_id: Uuid,
  started_at: Time,
  ended_at: Time,
  stage: TimingStage,
  source: z.string(),
  action: z.string(),
  resource: z.string(),
});
export type ProvisionerTiming = z.infer<typeof ProvisionerTiming>;

/**
 * When a script of an agent ran the first time after a start, and how it ended; `status` is an `AgentScriptStatus`.
 */
export const AgentScriptTiming = z.object({
  started_at: Time,
  ended_at: Time,
  exit_code: z.int(),
  stage: TimingStage,
  status: z.string(),
  display_name: z.string(),
  workspace_agent_id: z.string(),
  workspace_agent_name: z.string(),
});
export type AgentScriptTiming = z.infer<typeof AgentScriptTiming>;

/** From when an agent was expected until it connected. */
export const AgentConnectionTiming = z.object({
  started_at: Time,
  ended_at: Time,
  stage: TimingStage,
  workspace_agent_id: z.string(),
  workspace_agent_name: z.string(),
});
export type AgentConnectionTiming = z.infer<typeof AgentConnectionTiming>;

/**
 * Where the time of a build went. Of scripts and connections there is the first of each start alone, so that it does
 * not change later.
 */
export const WorkspaceBuildTimings = z.object({
  provisioner_timings: z.array(ProvisionerTiming),
  agent_script_timings: z.array(AgentScriptTiming),
  agent_connection_timings: z.array(AgentConnectionTiming),
});
export type WorkspaceBuildTimings = z.infer<typeof WorkspaceBuildTimings>;

/** A build of any workspace that went a step on: `job_status` is a `ProvisionerJobStatus`. */
export const WorkspaceBuildUpdate = z.object({
  workspace_id: Uuid,
  workspace_name: z.string(),
  build_id: Uuid,
  transition: z.string(),
  job_status: z.string(),
  build_number: z.int(),
});
export type WorkspaceBuildUpdate = z.infer<typeof WorkspaceBuildUpdate>;
