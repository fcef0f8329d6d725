import type * as api from "@hearth/sdk";

/** What users are told of an agent; the first rule that fits. Pure. @see spec/agents.md §4.4 */
export function agentHealth(
  status: api.WorkspaceAgentStatus,
  lifecycle: api.WorkspaceAgentLifecycle,
  /** Why its engine does not start it again any more. */
  givenUpReason: string | null = null,
): api.WorkspaceAgentHealth {
  if (status !== "connected" && lifecycle === "off") return unhealthy("agent is not running");
  if (status !== "connected" && givenUpReason !== null) {
    return unhealthy(
      `agent is not started again any more: ${givenUpReason}; stop and start the workspace to try again`,
    );
  }
  if (status === "connecting") return unhealthy("agent has not yet connected");
  if (status === "timeout") return unhealthy("agent is taking too long to connect");
  if (status === "disconnected") return unhealthy("agent has lost connection");
  switch (lifecycle) {
    case "start_error":
      return unhealthy("agent startup script failed");
    case "shutting_down":
    case "shutdown_timeout":
    case "shutdown_error":
    case "off":
      return unhealthy("agent is shutting down");
    // A script that takes long may be one that runs for ever on purpose.
    case "start_timeout":
    case "created":
    case "starting":
    case "ready":
      return { healthy: true };
  }
}

/** Of a whole build: which agents are not well. */
export function agentsHealth(resources: readonly api.WorkspaceResource[]): api.WorkspaceHealth {
  const failing = resources
    .flatMap((resource) => resource.agents ?? [])
    .filter((agent) => !agent.health.healthy)
    .map((agent) => agent.id);
  return { healthy: failing.length === 0, failing_agents: failing };
}

function unhealthy(reason: string): api.WorkspaceAgentHealth {
  return { healthy: false, reason };
}
