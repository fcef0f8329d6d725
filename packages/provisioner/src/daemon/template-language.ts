import type { TemplateFiles } from "../archive/index.ts";
import type {
  BuildJob,
  BuildResult,
  EngineName,
  ImportJob,
  ImportResult,
  JobTiming,
  LanguageName,
  LogLevel,
} from "../protocol.ts";

/** What a runner may use while it works on one job. */
export interface JobContext {
  /** Aborts when the job is cancelled or given up: stop at the next good point and throw. */
  readonly signal: AbortSignal;
  /** Opens a stage of the log; lines that follow stand under it. */
  stage(name: string): void;
  /** Adds to the job's log. Text of several lines becomes several lines. */
  readonly log: (level: LogLevel, output: string) => void;
  /** Runs `fn` and remembers how long it took as the job's phase. */
  timed<T>(stage: JobTiming["stage"], action: string, fn: () => Promise<T>): Promise<T>;
  /** The phases so far. */
  readonly timings: readonly JobTiming[];
  /** Asks whether the owner may spend this; true where nobody counts. */
  commitQuota(dailyCost: number): Promise<void>;
}

/**
 * Knows one template language and runs its jobs. The daemon picks it by the files of the archive.
 *
 * Throws `JobError` for what the user should read.
 */
export interface TemplateLanguage {
  readonly name: LanguageName;
  /** Engines whose jobs it can run. */
  readonly engines: readonly EngineName[];
  importVersion(job: ImportJob, files: TemplateFiles, context: JobContext): Promise<ImportResult>;
  build(job: BuildJob, files: () => Promise<TemplateFiles>, context: JobContext): Promise<BuildResult>;
}
