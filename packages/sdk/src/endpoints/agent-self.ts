import { z } from "zod";
import { endpoint } from "../endpoint.ts";
import { AgentGitSSHKey, PatchAgentLogs, PostLogSourceRequest } from "../schemas/agent-self.ts";
import { WorkspaceAgentLogSource } from "../schemas/agents.ts";
import { Response } from "../schemas/common.ts";
import { QueryBool } from "../query.ts";

/**
 * A WebSocket of bytes: yamux, in it the agent's calls up and streams down. For an agent's token alone; 400 for a
 * version that the server does not speak. With `push` the server tells manifests without being asked.
 */
export const agentRpc = endpoint({
  method: "GET",
  path: "/api/v2/workspaceagents/me/rpc",
  operation: "agent_rpc",
  summary: "Session of an agent",
  query: z.object({ version: z.string().optional(), role: z.string().optional(), push: QueryBool.optional() }),
  socket: true,
  responses: {},
});

/**
 * An event once the agent's workspace is claimed; until then the stream stays open. 409 where the workspace is no
 * prebuild and `wait` is not given.
 */
export const agentReinit = endpoint({
  method: "GET",
  path: "/api/v2/workspaceagents/me/reinit",
  operation: "agent_reinit",
  summary: "Wait for a claim",
  query: z.object({ wait: QueryBool.optional() }),
  responses: { 200: "events" },
});

/** For agents that do not report over their session. 413 when the log is full at 1 MiB. */
export const patchAgentLogs = endpoint({
  method: "PATCH",
  path: "/api/v2/workspaceagents/me/logs",
  operation: "patch_agent_logs",
  summary: "Upload log lines (older path)",
  body: PatchAgentLogs,
  responses: { 200: Response },
});

/** The same id again is no fault. */
export const postLogSource = endpoint({
  method: "POST",
  path: "/api/v2/workspaceagents/me/log-source",
  operation: "post_log_source",
  summary: "Create a log source",
  body: PostLogSourceRequest,
  responses: { 201: WorkspaceAgentLogSource },
});

/** The private half of it too; refused to tokens of templates that keep user data away. */
export const getAgentGitSshKey = endpoint({
  method: "GET",
  path: "/api/v2/workspaceagents/me/gitsshkey",
  operation: "get_agent_git_ssh_key",
  summary: "Git SSH key of the owner",
  responses: { 200: AgentGitSSHKey },
});
