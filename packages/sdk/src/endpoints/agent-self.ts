import { z } from "zod";
import { endpoint } from "../endpoint.ts";
import { AgentGitSSHKey, PatchAgentLogs, PostLogSourceRequest } from "../schemas/agent-self.ts";
import { WorkspaceAgentLogSource } from "../schemas/agents.ts";
import { Response } from "../schemas/common.ts";
import { QueryBool } from "../query.ts";

export const agentRpc = endpoint({
  method: "GET",
  path: "/api/v2/workspaceagents/me/rpc",
  operation: "agent_rpc",
  summary: "Session of an agent",
  query: z.object({ version: z.string().optional(), role: z.string().optional() }),
  socket: true,
  responses: {},
});

export const agentReinit = endpoint({
  method: "GET",
  path: "/api/v2/workspaceagents/me/reinit",
  operation: "agent_reinit",
  summary: "Wait for a claim",
  query: z.object({ wait: QueryBool.optional() }),
  responses: { 200: "events" },
});

export const patchAgentLogs = endpoint({
  method: "PATCH",
  path: "/api/v2/workspaceagents/me/logs",
  operation: "patch_agent_logs",
  summary: "Upload log lines (older path)",
  body: PatchAgentLogs,
  responses: { 200: Response },
});

export const postLogSource = endpoint({
  method: "POST",
  path: "/api/v2/workspaceagents/me/log-source",
  operation: "post_log_source",
  summary: "Create a log source",
  body: PostLogSourceRequest,
  responses: { 201: WorkspaceAgentLogSource },
});

export const getAgentGitSshKey = endpoint({
  method: "GET",
  path: "/api/v2/workspaceagents/me/gitsshkey",
  operation: "get_agent_git_ssh_key",
  summary: "Git SSH key of the owner",
  responses: { 200: AgentGitSSHKey },
});
