import type * as api from "@hearth/sdk";
import {
  AppHealth,
  Connection_Action,
  Connection_Type,
  Lifecycle_State,
  Log_Level,
  Startup_Subsystem,
  Timing_Stage,
  Timing_Status,
  WorkspaceApp_Health,
  WorkspaceApp_SharingLevel,
} from "@hearth/wire/agent-proto";

// The words of the API and the numbers of the wire, both ways. A number that is not in a table is no word of ours.

export const lifecycles: Readonly<Record<api.WorkspaceAgentLifecycle, Lifecycle_State>> = {
  created: Lifecycle_State.CREATED,
  starting: Lifecycle_State.STARTING,
  start_timeout: Lifecycle_State.START_TIMEOUT,
  start_error: Lifecycle_State.START_ERROR,
  ready: Lifecycle_State.READY,
  shutting_down: Lifecycle_State.SHUTTING_DOWN,
  shutdown_timeout: Lifecycle_State.SHUTDOWN_TIMEOUT,
  shutdown_error: Lifecycle_State.SHUTDOWN_ERROR,
  off: Lifecycle_State.OFF,
};

export const sharingLevels: Readonly<Record<api.PortShareLevel, WorkspaceApp_SharingLevel>> = {
  owner: WorkspaceApp_SharingLevel.OWNER,
  authenticated: WorkspaceApp_SharingLevel.AUTHENTICATED,
  organization: WorkspaceApp_SharingLevel.ORGANIZATION,
  public: WorkspaceApp_SharingLevel.PUBLIC,
};

export const appHealths: Readonly<Record<api.WorkspaceAppHealth, WorkspaceApp_Health>> = {
  disabled: WorkspaceApp_Health.DISABLED,
  initializing: WorkspaceApp_Health.INITIALIZING,
  healthy: WorkspaceApp_Health.HEALTHY,
  unhealthy: WorkspaceApp_Health.UNHEALTHY,
};

const reportedHealths: Readonly<Record<api.WorkspaceAppHealth, AppHealth>> = {
  disabled: AppHealth.DISABLED,
  initializing: AppHealth.INITIALIZING,
  healthy: AppHealth.HEALTHY,
  unhealthy: AppHealth.UNHEALTHY,
};

const subsystems: Readonly<Record<api.AgentSubsystem, Startup_Subsystem>> = {
  envbox: Startup_Subsystem.ENVBOX,
  envbuilder: Startup_Subsystem.ENVBUILDER,
  exectrace: Startup_Subsystem.EXECTRACE,
};

const logLevels: Readonly<Record<api.LogLevel, Log_Level>> = {
  trace: Log_Level.TRACE,
  debug: Log_Level.DEBUG,
  info: Log_Level.INFO,
  warn: Log_Level.WARN,
  error: Log_Level.ERROR,
};

const scriptStages = {
  start: Timing_Stage.START,
  stop: Timing_Stage.STOP,
  cron: Timing_Stage.CRON,
  claim: Timing_Stage.CLAIM,
} as const;

const scriptStatuses: Readonly<Record<api.AgentScriptStatus, Timing_Status>> = {
  ok: Timing_Status.OK,
  exit_failure: Timing_Status.EXIT_FAILURE,
  timed_out: Timing_Status.TIMED_OUT,
  pipes_left_open: Timing_Status.PIPES_LEFT_OPEN,
};

const connectionActions = { connect: Connection_Action.CONNECT, disconnect: Connection_Action.DISCONNECT } as const;

const connectionTypes = {
  ssh: Connection_Type.SSH,
  vscode: Connection_Type.VSCODE,
  jetbrains: Connection_Type.JETBRAINS,
  reconnecting_pty: Connection_Type.RECONNECTING_PTY,
} as const;

/** Looks a number up in a table of words. */
function wordOf<Word extends string>(table: Readonly<Record<Word, number>>, value: number): Word | undefined {
  // The keys of a record are its words.
  return (Object.keys(table) as Word[]).find((word) => table[word] === value);
}

export const lifecycleOf = (value: number) => wordOf(lifecycles, value);
export const healthOf = (value: number) => wordOf(reportedHealths, value);
export const subsystemOf = (value: number) => wordOf(subsystems, value);
export const logLevelOf = (value: number) => wordOf(logLevels, value);
export const scriptStageOf = (value: number) => wordOf(scriptStages, value);
export const scriptStatusOf = (value: number) => wordOf(scriptStatuses, value);
export const connectionActionOf = (value: number) => wordOf(connectionActions, value);
export const connectionTypeOf = (value: number) => wordOf(connectionTypes, value);
