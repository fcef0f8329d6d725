// agents: what builds made, and the agents in it. Owns resources, agents, their sessions, logs, metadata and apps.
// Promises: an agent is let in as long as its build is its workspace's; one event on connect and on disconnect, nothing
// while it stays; a claim keeps its session. Listens to: workspace_owner, workspace_identity, prebuild_claimed.
export { authenticateAgent } from "./access/authenticate.ts";
export { agentsHealth } from "./resources/health.ts";
export { endOtherAgents, insertResources, softDeleteAgents } from "./resources/insert-resources.ts";
export { agentStatus, isConnected } from "./resources/agent-status.ts";
export { listResources } from "./resources/list-resources.ts";
export {
  madeColumns,
  madeFrom,
  madeOrder,
  madeShape,
  toMade,
  type WorkspaceToldOf,
} from "./resources/made-resources.ts";
export { readManifest, toTold, type ToldManifest } from "./rpc/manifest.ts";
export { resourceParts, type MovedAgent } from "./resources/resource-parts.ts";
export { toRows } from "./resources/resource-rows.ts";
export { ClaimedManifests } from "./sessions/claimed-manifests.ts";
export { maxExecBodyBytes, readExec, type ExecInput } from "./exec/exec-input.ts";
export { tellCommand, type ToldExit } from "./exec/tell-command.ts";
export { createAgents, type Agents, type AgentsDeps } from "./create-agents.ts";
