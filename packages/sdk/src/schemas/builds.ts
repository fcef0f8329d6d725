import { z } from "zod";
import { Time, Uuid } from "../scalars.ts";
import { WorkspaceAgent } from "./agents.ts";
import { MatchedProvisioners, ProvisionerJob, WorkspaceTransition } from "./provisioners.ts";

export const WorkspaceBuildParameter = z.object({
  name: z.string(),
  value: z.string(),
});
export type WorkspaceBuildParameter = z.infer<typeof WorkspaceBuildParameter>;

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

export const WorkspaceResourceMetadata = z.object({
  key: z.string(),
  value: z.string(),
  sensitive: z.boolean(),
});
export type WorkspaceResourceMetadata = z.infer<typeof WorkspaceResourceMetadata>;

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

export const ProvisionerLogLevel = z.enum(["debug"]);
export type ProvisionerLogLevel = z.infer<typeof ProvisionerLogLevel>;

export const TimingStage = z.enum(["init", "plan", "graph", "apply", "start", "stop", "cron", "connect"]);
export type TimingStage = z.infer<typeof TimingStage>;

export const CreateWorkspaceBuildOnSuccessRequest = z.object({
  template_version_id: Uuid.optional(),
  transition: WorkspaceTransition,
  rich_parameter_values: z.array(WorkspaceBuildParameter).optional(),
  template_version_preset_id: Uuid.optional(),
});
export type CreateWorkspaceBuildOnSuccessRequest = z.infer<typeof CreateWorkspaceBuildOnSuccessRequest>;

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

export const UpdateWorkspaceBuildStateRequest = z.object({
  state: z.string().optional(),
});
export type UpdateWorkspaceBuildStateRequest = z.infer<typeof UpdateWorkspaceBuildStateRequest>;

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

export const AgentConnectionTiming = z.object({
  started_at: Time,
  ended_at: Time,
  stage: TimingStage,
  workspace_agent_id: z.string(),
  workspace_agent_name: z.string(),
});
export type AgentConnectionTiming = z.infer<typeof AgentConnectionTiming>;

export const WorkspaceBuildTimings = z.object({
  provisioner_timings: z.array(ProvisionerTiming),
  agent_script_timings: z.array(AgentScriptTiming),
  agent_connection_timings: z.array(AgentConnectionTiming),
});
export type WorkspaceBuildTimings = z.infer<typeof WorkspaceBuildTimings>;

export const WorkspaceBuildUpdate = z.object({
  workspace_id: Uuid,
  workspace_name: z.string(),
  build_id: Uuid,
  transition: z.string(),
  job_status: z.string(),
  build_number: z.int(),
});
export type WorkspaceBuildUpdate = z.infer<typeof WorkspaceBuildUpdate>;
