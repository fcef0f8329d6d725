// What passes between the control plane (which holds the queue) and a daemon (which runs jobs). The control plane
// implements `JobSource` over its database; a remote daemon implements it over HTTP. Types only: this file has no behaviour.
import type { DisplayApp, EngineName, ParameterFormType } from "@hearth/sdk";

export type { EngineName };

/** A name with its value, as users give parameters. Every value is text, whatever its type. */
export interface NameValue {
  readonly name: string;
  readonly value: string;
}

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error";

/** One line for the job's log. `stage` groups lines ("Setting up", "Starting workspace"); `createdAtMs` is since the epoch. */
export interface JobLogLine {
  readonly createdAtMs: number;
  readonly level: LogLevel;
  readonly source: "provisioner_daemon" | "provisioner";
  readonly stage: string;
  readonly output: string;
}

/** A phase or resource action and how long it took. */
export interface JobTiming {
  readonly stage: "init" | "plan" | "graph" | "apply";
  readonly source: string;
  readonly action: string;
  readonly resource: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

/** What a template is written in. */
export type LanguageName = "native" | "terraform";

/** What an engine says of itself, so that nobody asks for its name. Never changes. */
export interface EngineFacts {
  /** A claim applies the template again: what it may change are mutable parameters, not only what agents are told. */
  readonly claimTouchesInfrastructure: boolean;
  /** What it makes stays on the host of the daemon that made it, and no other host can stop, start or delete it. */
  readonly livesOnHost: boolean;
}

/** An engine as a daemon offers it. */
export interface EngineOffer {
  readonly livesOnHost: boolean;
  /** Why its workspaces share the daemon's host with all that runs there; undefined: they are kept apart. */
  readonly unsandboxed?: string | undefined;
}
export type ParameterType = "string" | "number" | "bool" | "list(string)";

/** A rich parameter as a template declares it. */
export interface ParameterDeclaration {
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  readonly type: ParameterType;
  readonly formType: ParameterFormType;
  readonly mutable: boolean;
  readonly ephemeral: boolean;
  readonly required: boolean;
  /** Text of the default, `""` when there is none. */
  readonly defaultValue: string;
  readonly icon: string;
  readonly displayOrder: number;
  readonly options: readonly { name: string; description: string; value: string; icon: string }[];
  readonly validationRegex: string;
  readonly validationError: string;
  readonly validationMin: number | undefined;
  readonly validationMax: number | undefined;
  readonly validationMonotonic: "" | "increasing" | "decreasing";
  /** Whether a claim may give it another value without touching the infrastructure. */
  readonly deliverableAtClaim: boolean;
}

/** A variable that the template's author sets at push time. `value` is resolved: the author's, else the default. */
export interface VariableDeclaration {
  readonly name: string;
  readonly description: string;
  readonly type: ParameterType;
  readonly value: string;
  readonly defaultValue: string;
  readonly required: boolean;
  readonly sensitive: boolean;
}

export interface PresetDeclaration {
  readonly name: string;
  readonly description: string;
  readonly icon: string;
  readonly isDefault: boolean;
  readonly parameters: readonly NameValue[];
  /** Undefined: the preset has no pool. */
  readonly prebuilds:
    | {
        readonly instances: number;
        /** Seconds an unclaimed workspace lives; 0 = no limit. */
        readonly ttlSeconds: number;
        readonly timezone: string;
        readonly schedules: readonly { cron: string; instances: number }[];
      }
    | undefined;
}

export interface ScriptDeclaration {
  readonly displayName: string;
  readonly script: string;
  /** Cron expression, or `""`. */
  readonly cron: string;
  readonly runOnStart: boolean;
  readonly runOnStop: boolean;
  readonly runOnClaim: boolean;
  readonly startBlocksLogin: boolean;
  /** 0 = no limit. */
  readonly timeoutSeconds: number;
  readonly logPath: string;
  readonly icon: string;
}

export interface MetadataDeclaration {
  readonly key: string;
  readonly displayName: string;
  readonly script: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly displayOrder: number;
}

export interface AppDeclaration {
  readonly slug: string;
  readonly displayName: string;
  readonly icon: string;
  readonly url: string;
  readonly command: string;
  readonly external: boolean;
  readonly subdomain: boolean;
  readonly share: "owner" | "authenticated" | "organization" | "public";
  readonly displayOrder: number;
  readonly hidden: boolean;
  readonly openIn: "slim-window" | "tab";
  readonly tooltip: string;
  readonly displayGroup: string;
  readonly healthcheck: { url: string; intervalSeconds: number; threshold: number } | undefined;
}

export interface AgentDeclaration {
  readonly name: string;
  readonly operatingSystem: string;
  readonly architecture: string;
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly connectionTimeoutSeconds: number;
  readonly troubleshootingUrl: string;
  readonly motdFile: string;
  readonly displayApps: readonly DisplayApp[];
  readonly displayOrder: number;
  readonly scripts: readonly ScriptDeclaration[];
  readonly metadata: readonly MetadataDeclaration[];
  readonly apps: readonly AppDeclaration[];
  readonly envFromSecrets: boolean;
  /** The clear token, in builds only: the control plane stores its hash. Undefined in imports, and in claims (hash kept). */
  readonly token: string | undefined;
}

export interface ResourceDeclaration {
  readonly type: string;
  readonly name: string;
  readonly hide: boolean;
  readonly icon: string;
  readonly dailyCost: number;
  readonly metadata: readonly { key: string; value: string; sensitive: boolean }[];
  readonly agents: readonly AgentDeclaration[];
}

/** Who a build is for, as templates see it (`owner.*`). */
export interface OwnerIdentity {
  readonly id: string;
  readonly name: string;
  readonly fullName: string;
  readonly email: string;
  readonly groups: readonly string[];
  readonly sshPublicKey: string;
  /** Whether this user may build workspaces that share the host without a sandbox. */
  readonly mayRunUnsandboxed: boolean;
}

interface JobBase {
  readonly id: string;
  /** Every write carries it and changes nothing when it is stale. */
  readonly epoch: number;
  readonly organizationId: string;
  readonly initiatorId: string;
  /** The template's archive, a tar, in pieces. Its content never changes for one id, so it may be cached by id. */
  readonly file: { id: string; read(signal: AbortSignal): AsyncIterable<Uint8Array> };
}

export interface ImportJob extends JobBase {
  readonly type: "template_version_import";
  readonly templateVersionId: string;
  /** What the author set at push time. */
  readonly variables: readonly NameValue[];
}

export type BuildTransition = "start" | "stop" | "delete";

export interface BuildJob extends JobBase {
  readonly type: "workspace_build";
  readonly buildId: string;
  readonly transition: BuildTransition;
  /** `claim`: the infrastructure runs already and changes hands. */
  readonly stage: "none" | "create" | "claim";
  readonly startCount: number;
  readonly workspace: { id: string; name: string };
  readonly template: { id: string; name: string; version: string };
  readonly owner: OwnerIdentity;
  /** The workspace belongs to no human yet. */
  readonly isPrebuild: boolean;
  /** Resolved: one for each declared parameter. */
  readonly parameters: readonly NameValue[];
  readonly variables: readonly NameValue[];
  /** What the last build stored; `undefined` before the first one or when orphaned. Small JSON in bytes, never secrets. */
  readonly state: Uint8Array | undefined;
  readonly accessUrl: string;
  readonly logLevel: "" | "debug";
}

export type AcquiredJob = ImportJob | BuildJob;

export interface ImportResult {
  readonly type: "template_version_import";
  readonly language: LanguageName;
  readonly engine: EngineName;
  /** Of the engine's facts: what a claim of this version's workspaces may change. */
  readonly claimTouchesInfrastructure: boolean;
  readonly readme: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly parameters: readonly ParameterDeclaration[];
  readonly variables: readonly VariableDeclaration[];
  readonly presets: readonly PresetDeclaration[];
  readonly startResources: readonly ResourceDeclaration[];
  readonly stopResources: readonly ResourceDeclaration[];
  readonly timings: readonly JobTiming[];
  /** From the manifest, for whoever creates the template. */
  readonly suggested: { name: string; description: string; icon: string };
}

export interface BuildResult {
  readonly type: "workspace_build";
  readonly resources: readonly ResourceDeclaration[];
  readonly state: Uint8Array;
  readonly dailyCost: number;
  readonly timings: readonly JobTiming[];
  /** True when the claim changed nothing on the infrastructure: agents keep their token and their session. */
  readonly identityOnlyClaim: boolean;
}

export type JobResult = ImportResult | BuildResult;

export interface JobFailure {
  readonly error: string;
  readonly errorCode: "" | "REQUIRED_TEMPLATE_VARIABLES" | "MISSING_TEMPLATE_PARAMETER" | "INSUFFICIENT_QUOTA";
  /** What is there after a failed apply; `undefined` leaves what is stored. */
  readonly state: Uint8Array | undefined;
}

/** The holder of the queue refused a write: the job ended, was handed to another worker, or was cancelled and reaped. */
export type WriteOutcome = "ok" | "stale";

/**
 * The queue as a daemon sees it. Every write carries the job's epoch; `stale` means: stop working on it, it is not yours.
 *
 * A job is held under a lease (30 s) that every `update` renews; a daemon calls `update` at least every 5 s.
 * @see spec/builds.md §7.2, §9, §10
 */
export interface JobSource {
  /** Waits for a job of the given kinds and takes it. Rejects only when `signal` aborts or the source is broken. */
  acquire(worker: WorkerIdentity, signal: AbortSignal): Promise<AcquiredJob>;
  /** Heartbeat and logs. `canceled` asks the worker to stop gracefully. */
  update(job: AcquiredJob, logs: readonly JobLogLine[]): Promise<{ outcome: WriteOutcome; canceled: boolean }>;
  /** `logs` are the last lines, written before the job ends, so that a short job needs no `update` at all. */
  complete(job: AcquiredJob, result: JobResult, logs?: readonly JobLogLine[]): Promise<WriteOutcome>;
  fail(job: AcquiredJob, failure: JobFailure, logs?: readonly JobLogLine[]): Promise<WriteOutcome>;
  /**
   * Asks, between plan and apply of a start or stop, whether the owner may spend `dailyCost`. A source without quotas
   * leaves it out. @see spec/builds.md §10.4
   */
  commitQuota?(job: BuildJob, dailyCost: number): Promise<QuotaDecision>;
  /** Gives back a job that this worker will not finish (it is stopping): queued again at once with the next epoch. */
  release(job: AcquiredJob): Promise<void>;
}

export interface QuotaDecision {
  readonly ok: boolean;
  readonly creditsConsumed: number;
  /** -1: no limit. */
  readonly budget: number;
}

/** Who asks for jobs, and what it offers: it is given those that require no more. */
export interface WorkerIdentity {
  readonly daemonId: string;
  readonly name: string;
  readonly organizationId: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly languages: readonly LanguageName[];
  readonly engines: Readonly<Partial<Record<EngineName, EngineOffer>>>;
  /** The host where its engines keep what lives on one; of daemons that have none it is undefined. */
  readonly hostId: string | undefined;
}
