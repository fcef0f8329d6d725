import type { Workspace, WorkspaceAgent, WorkspaceOrigin, WorkspaceStatus } from "@hearth/sdk";
import { duration } from "./duration.ts";

/** What a state looks like; never by colour alone. */
export type Tone = "good" | "busy" | "bad" | "quiet";

export interface StateWords {
  readonly word: string;
  readonly tone: Tone;
  /** It will change by itself. */
  readonly isMoving: boolean;
}

const states: Readonly<Record<WorkspaceStatus, StateWords>> = {
  pending: { word: "Waiting", tone: "busy", isMoving: true },
  starting: { word: "Starting", tone: "busy", isMoving: true },
  running: { word: "Running", tone: "good", isMoving: false },
  stopping: { word: "Stopping", tone: "busy", isMoving: true },
  stopped: { word: "Stopped", tone: "quiet", isMoving: false },
  deleting: { word: "Deleting", tone: "busy", isMoving: true },
  deleted: { word: "Deleted", tone: "quiet", isMoving: false },
  canceling: { word: "Canceling", tone: "busy", isMoving: true },
  canceled: { word: "Canceled", tone: "bad", isMoving: false },
  failed: { word: "Failed", tone: "bad", isMoving: false },
};

/** The workspace's state; one that is dormant says so instead of that it is stopped. */
export function stateWords(workspace: Pick<Workspace, "dormant_at" | "latest_build">): StateWords {
  if (workspace.dormant_at !== null && workspace.latest_build.status === "stopped") {
    return { word: "Dormant", tone: "quiet", isMoving: false };
  }
  return states[workspace.latest_build.status];
}

/** Since when the workspace is in its state, in milliseconds since the epoch. */
export function stateSince(workspace: Pick<Workspace, "latest_build">): number {
  const { job, created_at } = workspace.latest_build;
  return Date.parse(job.completed_at ?? job.canceled_at ?? job.started_at ?? created_at);
}

/** How the workspace came: `claimed in 31 ms`, `built in 4.1 s`; without a time while it is not ready. */
export function originWords(origin: WorkspaceOrigin | undefined): string | undefined {
  if (!origin) return undefined;
  return origin.ready_ms === null ? origin.how : `${origin.how} in ${duration(origin.ready_ms)}`;
}

/** Every agent of the workspace, in the order of its resources; sub-agents after those of the template. */
export function agentsOf(workspace: Pick<Workspace, "latest_build">): WorkspaceAgent[] {
  const agents = workspace.latest_build.resources.flatMap((resource) => resource.agents ?? []);
  return agents.toSorted((a, b) => Number(a.parent_id !== null) - Number(b.parent_id !== null));
}

const lifecycles: Readonly<Record<WorkspaceAgent["lifecycle_state"], StateWords>> = {
  created: { word: "Connected", tone: "busy", isMoving: true },
  starting: { word: "Start-up scripts run", tone: "busy", isMoving: true },
  start_timeout: { word: "Start-up takes long", tone: "bad", isMoving: true },
  start_error: { word: "Start-up script failed", tone: "bad", isMoving: false },
  ready: { word: "Ready", tone: "good", isMoving: false },
  shutting_down: { word: "Shutting down", tone: "busy", isMoving: true },
  shutdown_timeout: { word: "Shutdown takes long", tone: "bad", isMoving: true },
  shutdown_error: { word: "Shutdown script failed", tone: "bad", isMoving: false },
  off: { word: "Off", tone: "quiet", isMoving: false },
};

/** Connection and life of an agent as one state: what is in the way of using it comes first. */
export function agentWords(agent: Pick<WorkspaceAgent, "status" | "lifecycle_state" | "given_up_reason">): StateWords {
  if (agent.status !== "connected" && agent.given_up_reason !== undefined) {
    return { word: "Given up", tone: "bad", isMoving: false };
  }
  if (agent.lifecycle_state === "off") return lifecycles.off;
  switch (agent.status) {
    case "connecting":
      return { word: "Connecting", tone: "busy", isMoving: true };
    case "timeout":
      return { word: "Does not connect", tone: "bad", isMoving: true };
    case "disconnected":
      return { word: "Disconnected", tone: "bad", isMoving: true };
    case "connected":
      return lifecycles[agent.lifecycle_state];
  }
}

/** Whether a terminal can be opened, and if not, why. */
export function terminalAnswer(
  workspace: Pick<Workspace, "latest_build">,
  agent: Pick<WorkspaceAgent, "status"> | undefined,
): { allowed: true } | { allowed: false; reason: string } {
  if (workspace.latest_build.status !== "running") return { allowed: false, reason: "The workspace is not running." };
  if (!agent) return { allowed: false, reason: "The workspace has no agent." };
  if (agent.status !== "connected") return { allowed: false, reason: "The workspace's agent is not connected." };
  return { allowed: true };
}

/** When the workspace stops by itself, in milliseconds since the epoch; undefined when it does not. */
export function stopsAt(workspace: Pick<Workspace, "latest_build">): number | undefined {
  const { status, deadline } = workspace.latest_build;
  if (status !== "running" || !deadline) return undefined;
  const at = Date.parse(deadline);
  return at > 0 ? at : undefined; // the zero time is "never"
}

/** What to type to get in; the host's name is what `hearth config-ssh` sets up. */
export function sshCommand(workspace: Pick<Workspace, "name" | "owner_name">, agent?: string): string {
  return `hearth ssh ${workspace.owner_name}/${workspace.name}${agent === undefined ? "" : `.${agent}`}`;
}
