import { z } from "zod";
import { Time, Uuid } from "../scalars.ts";

/** In which language a template is written, in the words of old clients. */
export const ProvisionerType = z.enum(["echo", "terraform"]);
export type ProvisionerType = z.infer<typeof ProvisionerType>;
/** The contract's one word for whatever builds; which language and engine it is, `engine` of a version says. */
export const provisionerType: ProvisionerType = "terraform";

/** Where a version's source is kept. */
export const ProvisionerStorageMethod = z.enum(["file"]);
export type ProvisionerStorageMethod = z.infer<typeof ProvisionerStorageMethod>;

/** Whether a daemon has work, waits for it, or was not heard from lately. */
export const ProvisionerDaemonStatus = z.enum(["busy", "idle", "offline"]);
export type ProvisionerDaemonStatus = z.infer<typeof ProvisionerDaemonStatus>;

/**
 * How far a job is: waiting, at work, or ended well, badly or because somebody asked. `unknown` is never answered to
 * what exists.
 */
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

/** What a job does: import a version, plan a workspace of it, or change one. */
export const ProvisionerJobType = z.enum(["template_version_dry_run", "template_version_import", "workspace_build"]);
export type ProvisionerJobType = z.infer<typeof ProvisionerJobType>;

/**
 * Failures that a client can do something about: the owner's quota is used up, or the template's variables need
 * values.
 */
export const JobErrorCode = z.enum(["INSUFFICIENT_QUOTA", "REQUIRED_TEMPLATE_VARIABLES"]);
export type JobErrorCode = z.infer<typeof JobErrorCode>;

/** How much a line matters. */
export const LogLevel = z.enum(["debug", "error", "info", "trace", "warn"]);
export type LogLevel = z.infer<typeof LogLevel>;

/** Whether the template's own tools wrote a line, or the daemon that ran them. */
export const LogSource = z.enum(["provisioner", "provisioner_daemon"]);
export type LogSource = z.infer<typeof LogSource>;

/** What a build does: brings infrastructure up, takes down what need not outlast a stop, or takes down everything. */
export const WorkspaceTransition = z.enum(["start", "stop", "delete"]);
export type WorkspaceTransition = z.infer<typeof WorkspaceTransition>;

/** What a job is about: a version, or a build of a workspace. */
export const ProvisionerJobInput = z.object({
  template_version_id: Uuid.optional(),
  workspace_build_id: Uuid.optional(),
  error: z.string().optional(),
});
export type ProvisionerJobInput = z.infer<typeof ProvisionerJobInput>;

/** Names for what a job is about, so that a list need not look them up. The workspace's are there for builds alone. */
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

/**
 * Work that a daemon does, or is to do. Instants are left out until they have come; the place in the queue is 0 of 0
 * unless it waits; `tags` say which daemons may take it.
 */
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

/** A line of a job's log. Ids only grow, which is what `after` and `before` go by; a log holds 1 MiB. */
export const ProvisionerJobLog = z.object({
  id: z.int(),
  created_at: Time,
  log_source: LogSource,
  log_level: LogLevel,
  stage: z.string(),
  output: z.string(),
});
export type ProvisionerJobLog = z.infer<typeof ProvisionerJobLog>;

/**
 * How many daemons could take a job when it was queued, and how many of these were alive. None: nothing will happen
 * until one comes.
 */
export const MatchedProvisioners = z.object({
  count: z.int(),
  available: z.int(),
  most_recently_seen: Time.nullish(),
});
export type MatchedProvisioners = z.infer<typeof MatchedProvisioners>;

/** A job as the list of daemons shows it. */
export const ProvisionerDaemonJob = z.object({
  id: Uuid,
  status: ProvisionerJobStatus,
  template_name: z.string(),
  template_icon: z.string(),
  template_display_name: z.string(),
});
export type ProvisionerDaemonJob = z.infer<typeof ProvisionerDaemonJob>;

/**
 * A program that runs jobs: which languages it knows, and the tags by which jobs find it. `key_name` tells with what
 * it was let in; `status` is null where nobody asked for it.
 */
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

/** What lets daemons in that run elsewhere, without its secret. Its tags are theirs. */
export const ProvisionerKey = z.object({
  id: Uuid,
  created_at: Time,
  organization: Uuid,
  name: z.string(),
  tags: z.record(z.string(), z.string()),
});
export type ProvisionerKey = z.infer<typeof ProvisionerKey>;

/** A key, and the daemons that came with it. */
export const ProvisionerKeyDaemons = z.object({
  key: ProvisionerKey,
  daemons: z.array(ProvisionerDaemon),
});
export type ProvisionerKeyDaemons = z.infer<typeof ProvisionerKeyDaemons>;

/** A key to make, with the tags of its daemons. The names `built-in`, `user-auth` and `psk` are taken. */
export const CreateProvisionerKeyRequest = z.object({
  name: z.string(),
  tags: z.record(z.string(), z.string()).optional(),
});
export type CreateProvisionerKeyRequest = z.infer<typeof CreateProvisionerKeyRequest>;

/** The key itself, which is shown this once. */
export const CreateProvisionerKeyResponse = z.object({
  key: z.string(),
});
export type CreateProvisionerKeyResponse = z.infer<typeof CreateProvisionerKeyResponse>;
