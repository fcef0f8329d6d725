// Runs build jobs: reads template archives, evaluates native manifests, drives the engines, and takes jobs from a queue.
// It promises the control plane nothing but `JobSource`'s words (protocol.ts); it never sees the database.
export type * from "./protocol.ts";
export * as jobSchemas from "./job-schemas.ts";
export {
  ArchiveError,
  ArchiveThreads,
  packDirectory,
  packFiles,
  type ByteStream,
  type TemplateFiles,
} from "./archive/index.ts";
export type * from "./engines/engine.ts";
export type { JobContext, TemplateLanguage } from "./daemon/template-language.ts";
export {
  scheduledInstances,
  type CronRange,
  type PoolSchedule,
  type ScheduleProblem,
  type WallTime,
} from "./schedule/index.ts";
export { ProvisionerDaemon, type DaemonOptions } from "./daemon/daemon.ts";
export { NativeRunner } from "./daemon/native-runner.ts";
export { directoryKey } from "./engines/process/agents-on-host.ts";
export { ProcessEngine, type ProcessEngineOptions } from "./engines/process/process-engine.ts";
export type { AgentCommand } from "./engines/process/start-agent.ts";
export {
  manifestFile,
  ManifestError,
  manifestJsonSchema,
  parseManifest,
  renderClaim,
  templateKind,
  useOfWorkspaceId,
  type BuildInputs,
  type DescribedTemplate,
  type KeptResource,
  type Manifest,
  type ManifestProblem,
  type TemplateDescription,
} from "./manifest/index.ts";
export { type SandboxProbe } from "./engines/process/sandbox.ts";
