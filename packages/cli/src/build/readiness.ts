import type { Workspace, WorkspaceAgent } from "@hearth/sdk";
import { agentsOf } from "#api/workspaces.ts";

/** How far the agents of a started workspace are. */
export type Readiness =
  /** Something is still to come; `text` says what. */
  | { readonly is: "waiting"; readonly text: string }
  /** Every agent is connected and its start-up scripts are done. `problems` are worth a warning. */
  | { readonly is: "ready"; readonly problems: readonly string[] }
  /** It will not get there; `why` says what stands against it. */
  | { readonly is: "lost"; readonly why: string };

/**
 * Judges a workspace whose start has succeeded. Agents whose scripts failed count as ready, with a problem: people can
 * log in and look.
 */
export function readinessOf(workspace: Workspace, buildId: string): Readiness {
  if (workspace.latest_build.id !== buildId) {
    return { is: "lost", why: `Another build of "${workspace.name}" has begun: ${workspace.latest_build.transition}.` };
  }
  const states = agentsOf(workspace).map(stateOfAgent);
  const lost = states.find((state) => state.is === "lost");
  if (lost !== undefined) return lost;
  const waiting = states.find((state) => state.is === "waiting");
  if (waiting !== undefined) return waiting;
  return { is: "ready", problems: states.flatMap((state) => (state.is === "ready" ? state.problems : [])) };
}

/** The same for one agent. */
export function stateOfAgent(agent: WorkspaceAgent): Readiness {
  const name = `agent "${agent.name}"`;
  if (agent.status !== "connected" && agent.given_up_reason !== undefined) {
    return { is: "lost", why: `Agent "${agent.name}" is not started again any more: ${agent.given_up_reason}.` };
  }
  switch (agent.status) {
    case "connecting":
      return { is: "waiting", text: `Waiting for ${name} to connect` };
    case "timeout":
      return {
        is: "lost",
        why: `Agent "${agent.name}" has not connected within ${agent.connection_timeout_seconds} seconds.`,
      };
    case "disconnected":
      return { is: "waiting", text: `Waiting for ${name} to come back` };
    case "connected":
      return stateOfScripts(agent, name);
  }
}

function stateOfScripts(agent: WorkspaceAgent, name: string): Readiness {
  switch (agent.lifecycle_state) {
    case "created":
    case "starting":
      return { is: "waiting", text: `Waiting for the start-up scripts of ${name}` };
    case "ready":
      return { is: "ready", problems: [] };
    case "start_error":
      return { is: "ready", problems: [`A start-up script of ${name} failed.`] };
    case "start_timeout":
      return { is: "ready", problems: [`The start-up scripts of ${name} take longer than they should.`] };
    case "shutting_down":
    case "shutdown_error":
    case "shutdown_timeout":
    case "off":
      return { is: "lost", why: `Agent "${agent.name}" is shutting down.` };
  }
}
