import { z } from "zod";
import { Time, Uuid } from "../scalars.ts";

export const ProvisionerType = z.enum(["echo", "terraform"]);
export type ProvisionerType = z.infer<typeof ProvisionerType>;

export const ProvisionerStorageMethod = z.enum(["file"]);
export type ProvisionerStorageMethod = z.infer<typeof ProvisionerStorageMethod>;

export const ProvisionerDaemonStatus = z.enum(["busy", "idle", "offline"]);
export type ProvisionerDaemonStatus = z.infer<typeof ProvisionerDaemonStatus>;

export const ProvisionerJobStatus = z.enum([
  "canceled",
  "canceling",
  "failed",
  "pending",
  "running",
  "succeeded",
  "unknown",
]);
export type ProvisionerJobStatus = z.infer<typeof ProvisionerJobStatus>;

export const ProvisionerJobType = z.enum(["template_version_dry_run", "template_version_import", "workspace_build"]);
export type ProvisionerJobType = z.infer<typeof ProvisionerJobType>;

export const JobErrorCode = z.enum(["INSUFFICIENT_QUOTA", "REQUIRED_TEMPLATE_VARIABLES"]);
export type JobErrorCode = z.infer<typeof JobErrorCode>;

export const LogLevel = z.enum(["debug", "error", "info", "trace", "warn"]);
export type LogLevel = z.infer<typeof LogLevel>;

export const LogSource = z.enum(["provisioner", "provisioner_daemon"]);
export type LogSource = z.infer<typeof LogSource>;

export const WorkspaceTransition = z.enum(["start", "stop", "delete"]);
export type WorkspaceTransition = z.infer<typeof WorkspaceTransition>;

export const ProvisionerJobInput = z.object({
  template_version_id: Uuid.optional(),
  workspace_build_id: Uuid.optional(),
  error: z.string().optional(),
});
export type ProvisionerJobInput = z.infer<typeof ProvisionerJobInput>;

export const ProvisionerJobMetadata = z.object({
  template_version_name: z.string(),
  template_id: Uuid,
  template_name: z.string(),
  template_display_name: z.string(),
  template_icon: z.string(),
  workspace_id: Uuid.optional(),
  workspace_name: z.string().optional(),
  workspace_build_transition: WorkspaceTransition.optional(),
});
export type ProvisionerJobMetadata = z.infer<typeof ProvisionerJobMetadata>;

export const ProvisionerJob = z.object({
  id: Uuid,
  created_at: Time,
  started_at: Time.optional(),
  completed_at: Time.optional(),
  canceled_at: Time.optional(),
  error: z.string().optional(),
  error_code: JobErrorCode.optional(),
  status: ProvisionerJobStatus,
  worker_id: Uuid.optional(),
  worker_name: z.string().optional(),
  file_id: Uuid,
  tags: z.record(z.string(), z.string()),
  queue_position: z.int(),
  queue_size: z.int(),
  organization_id: Uuid,
  initiator_id: Uuid,
  input: ProvisionerJobInput,
  type: ProvisionerJobType,
  available_workers: z.array(Uuid).optional(),
  metadata: ProvisionerJobMetadata,
  logs_overflowed: z.boolean(),
});
export type ProvisionerJob = z.infer<typeof ProvisionerJob>;

export const ProvisionerJobLog = z.object({
  id: z.int(),
  created_at: Time,
  log_source: LogSource,
  log_level: LogLevel,
  stage: z.string(),
  output: z.string(),
});
export type ProvisionerJobLog = z.infer<typeof ProvisionerJobLog>;

export const MatchedProvisioners = z.object({
  count: z.int(),
  available: z.int(),
  most_recently_seen: Time.nullish(),
});
export type MatchedProvisioners = z.infer<typeof MatchedProvisioners>;

export const ProvisionerDaemonJob = z.object({
  id: Uuid,
  status: ProvisionerJobStatus,
  template_name: z.string(),
  template_icon: z.string(),
  template_display_name: z.string(),
});
export type ProvisionerDaemonJob = z.infer<typeof ProvisionerDaemonJob>;

export const ProvisionerDaemon = z.object({
  id: Uuid,
  organization_id: Uuid,
  key_id: Uuid,
  created_at: Time,
  last_seen_at: Time.optional(),
  name: z.string(),
  version: z.string(),
  api_version: z.string(),
  provisioners: z.array(ProvisionerType),
  tags: z.record(z.string(), z.string()),
  key_name: z.string().nullable(),
  status: ProvisionerDaemonStatus.nullable(),
  current_job: ProvisionerDaemonJob.nullable(),
  previous_job: ProvisionerDaemonJob.nullable(),
});
export type ProvisionerDaemon = z.infer<typeof ProvisionerDaemon>;

export const ProvisionerKey = z.object({
  id: Uuid,
  created_at: Time,
  organization: Uuid,
  name: z.string(),
  tags: z.record(z.string(), z.string()),
});
export type ProvisionerKey = z.infer<typeof ProvisionerKey>;

export const ProvisionerKeyDaemons = z.object({
  key: ProvisionerKey,
  daemons: z.array(ProvisionerDaemon),
});
export type ProvisionerKeyDaemons = z.infer<typeof ProvisionerKeyDaemons>;

export const CreateProvisionerKeyRequest = z.object({
  name: z.string(),
  tags: z.record(z.string(), z.string()).optional(),
});
export type CreateProvisionerKeyRequest = z.infer<typeof CreateProvisionerKeyRequest>;

export const CreateProvisionerKeyResponse = z.object({
  key: z.string(),
});
export type CreateProvisionerKeyResponse = z.infer<typeof CreateProvisionerKeyResponse>;
