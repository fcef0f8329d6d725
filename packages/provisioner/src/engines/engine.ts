import type {
  AgentDeclaration,
  BuildTransition,
  EngineFacts,
  EngineName,
  JobTiming,
  LogLevel,
  ResourceDeclaration,
} from "../protocol.ts";

/** What the manifest asks of the infrastructure, evaluated. Which of it means something depends on the engine. */
export interface WorkspaceSettings {
  readonly engine: EngineName;
  readonly image: string | undefined;
  readonly cpus: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly user: string | undefined;
  /** For every process of the workspace, from the runtime itself; agents add their own. */
  readonly env: Readonly<Record<string, string>>;
  /** What survives stop and start. */
  readonly volumes: readonly { name: string; path: string; sizeBytes: number | undefined }[];
  readonly dailyCost: number;
}

/** What an engine remembers of a workspace between builds: small, plain JSON, ids of what was made, never a secret. */
export interface EngineState {
  readonly engine: EngineName;
  readonly [key: string]: unknown;
}

/** Where an engine tells the job's log what it does. */
export type EngineLog = (level: LogLevel, output: string) => void;

/** One build's work for an engine. */
export interface EngineRequest {
  readonly buildId: string;
  readonly transition: BuildTransition;
  readonly stage: "none" | "create" | "claim";
  readonly organizationId: string;
  readonly workspace: { readonly id: string; readonly name: string };
  readonly template: { readonly id: string; readonly name: string; readonly version: string };
  readonly owner: { readonly id: string; readonly name: string; readonly mayRunUnsandboxed: boolean };
  /** Undefined in a stop or delete whose template can no longer be evaluated: these must work all the same. */
  readonly settings: WorkspaceSettings | undefined;
  /** In a start each has its token; in a claim, a stop and a delete none has. */
  readonly agents: readonly AgentDeclaration[];
  /** What the last build left; `undefined` before the first one, or when it was lost: then find by label or pid file. */
  readonly state: EngineState | undefined;
  readonly accessUrl: string;
}

/** How a call is cut short and how it tells what it does. */
export interface EngineContext {
  /** Aborts when the job is cancelled or its time is up. The call leaves state that a later stop or delete cleans up. */
  readonly signal: AbortSignal;
  readonly log: EngineLog;
}

export interface PlannedAction {
  readonly action: "create" | "start" | "stop" | "delete" | "read" | "none";
  readonly resource: string;
}

export interface EngineOutcome {
  readonly state: EngineState;
  /** The agents as they are to be stored: an engine may move paths to where they are in its world. */
  readonly agents: readonly AgentDeclaration[];
  /** True for a claim that touched nothing: agents keep their tokens and sessions. */
  readonly identityOnlyClaim: boolean;
  /** Facts for the workspace's resource, such as the container's id or that there is no sandbox. */
  readonly metadata: ResourceDeclaration["metadata"];
  readonly timings: readonly JobTiming[];
}

export type Availability =
  | {
      readonly available: true;
      readonly warnings: readonly string[];
      /** Why its workspaces share this host with all that runs on it; undefined: they are kept apart. */
      readonly unsandboxed?: string | undefined;
    }
  | { readonly available: false; readonly reason: string };

export interface ResumeReport {
  /** Workspaces whose agents still ran. */
  readonly adopted: readonly string[];
  /** Workspaces whose agents were started again. */
  readonly restarted: readonly string[];
  readonly failed: readonly { workspaceId: string; error: string }[];
}

/** What happened to an agent between builds, for whoever keeps its log and shows its state. */
export type AgentIncident = {
  readonly workspaceId: string;
  /** Undefined: all of the workspace. */
  readonly agentName: string | undefined;
} & (
  | {
      /** It had ended by itself and was started again, or could not be and will be tried again. */
      readonly kind: "restarted" | "not_restarted";
      /** `killed by SIGKILL`, `exit code 1`. */
      readonly how: string;
      /** Of `limit`; from 1. */
      readonly attempt: number;
      readonly limit: number;
    }
  | {
      /** It is not started again any more. */
      readonly kind: "given_up";
      /** Half a sentence: `it ended 9 times within 15 minutes, the last time: killed by SIGKILL`. */
      readonly reason: string;
    }
);

/**
 * Turns settings into running infrastructure and back.
 *
 * - `apply` is idempotent: twice is the same as once, whatever an interrupted call left behind.
 * - A start returns as soon as the agent has been started; it does not wait for it to connect.
 * - A failed or cancelled `apply` throws, `EngineError` with the partial state where there is some.
 * - Every call is bounded by the engine's own timeouts and ends early when its signal aborts.
 * @see spec/native-templates.md "Engines"
 */
export interface Engine extends AsyncDisposable {
  readonly name: EngineName;
  readonly facts: EngineFacts;
  /** What there is to do on its host between builds; undefined: something else looks after its workspaces. */
  readonly host: EngineHost | undefined;
  /** Whether it can work on this machine. Cheap after the first call. */
  checkAvailability(signal: AbortSignal): Promise<Availability>;
  /** What in these settings has no effect or needs care here, one sentence each. Pure. */
  settingWarnings(settings: WorkspaceSettings): readonly string[];
  /** What `apply` would do, for the log. Touches nothing. */
  plan(request: EngineRequest): readonly PlannedAction[];
  apply(request: EngineRequest, context: EngineContext): Promise<EngineOutcome>;
}

/**
 * What an engine does on its own host between builds, where nothing else would: agents are processes of this machine,
 * which come and go with it. One that ends by itself is started again, within limits.
 */
export interface EngineHost {
  /** The ids of the workspaces that have something here, running or not. */
  held(): Promise<readonly string[]>;
  /**
   * After a restart of the daemon: adopts what still runs of these workspaces, starts what does not. `accessUrl`, when
   * given, replaces the one that agents were started with.
   */
  resume(
    workspaceIds: readonly string[],
    options: { signal: AbortSignal; accessUrl?: string | undefined },
  ): Promise<ResumeReport>;
  /** Tells of what happens to agents between builds, from now on. Listeners must return at once. */
  onIncident(listener: (incident: AgentIncident) => void): Disposable;
  /** Ends all agents that would end with this machine (their stop scripts run), without a build. Bounded by `graceMs`. */
  shutdownAgents(options: { graceMs: number; signal: AbortSignal }): Promise<void>;
  /**
   * Removes what is here of this workspace, its processes and its data, because it is known to be gone or to be held
   * elsewhere. Asks `isStill` again once no build of it can be under way here, and removes nothing when it denies.
   */
  sweepOrphan(workspaceId: string, options: { isStill: () => Promise<boolean>; signal: AbortSignal }): Promise<boolean>;
}
