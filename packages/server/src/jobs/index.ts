// jobs: the queue of jobs. Owns jobs, leases, daemons and job logs. Promises: a job is taken once, its writes carry
// an epoch, a lost worker's job goes on elsewhere, the last line is stored before the log's followers are let go.
// Capabilities register a JobKind for the types that they queue. Announces provisioner_job_posted and job_logs.
export { createJobs } from "./create-jobs.ts";
export { completeUntaken, findJobs, insertJob, type NewJob } from "./queue.ts";
export { cancelJob, cancelWaitingJobs } from "./cancel.ts";
export { authorizeJob, type GrantedJob } from "./job-grant.ts";
export { CompletionRefused, defineJobKind, type JobKind, type JobKinds } from "./job-kind.ts";
export { claimTiming } from "./claim-log.ts";
export { endedJob } from "./ended-job.ts";
export { findSecrets } from "./job-secrets.ts";
export { DatabaseJobSource } from "./job-source.ts";
export { anywhere, requirementKey } from "./placement.ts";
export { noteWait } from "./why-waits.ts";
export type { HostedWorkspaces } from "./hosts.ts";
export { matchedProvisioners, unsandboxedEverywhere, upsertDaemon } from "./daemons.ts";
export { isActive, jobPriority, type JobContent, type JobPriority, type JobRow } from "./job-row.ts";
export { jobLogHandlers, jobLogTopics, type JobLogTopics } from "./job-log-handlers.ts";
export { queuePositions } from "./queue-position.ts";
export { toApiJob } from "./to-api-job.ts";
