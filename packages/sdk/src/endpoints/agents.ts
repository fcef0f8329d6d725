import { z } from "zod";
import { endpoint } from "../endpoint.ts";
import {
  AgentConnectionInfo,
  WorkspaceAgent,
  WorkspaceAgentListeningPortsResponse,
  WorkspaceAgentLog,
} from "../schemas/agents.ts";
import { AppHostResponse } from "../schemas/deployment.ts";
import { QueryFlag, QueryInt } from "../query.ts";

/** 404 for an agent of a workspace that the caller may not read. Clients ask again and again while it connects. */
export const getAgent = endpoint({
  method: "GET",
  path: "/api/v2/workspaceagents/{workspaceagent}",
  operation: "get_agent",
  summary: "A workspace agent",
  responses: { 200: WorkspaceAgent },
});

/**
 * In the order of ids, after `after` and before `before`. With `follow` over a WebSocket, whose messages are arrays
 * of lines; it closes with 1000 once no more can come. `format=text` gives plain lines.
 */
export const getAgentLogs = endpoint({
  method: "GET",
  path: "/api/v2/workspaceagents/{workspaceagent}/logs",
  operation: "get_agent_logs",
  summary: "Start-up log of an agent",
  query: z.object({
    before: QueryInt.optional(),
    after: QueryInt.optional(),
    follow: QueryFlag.optional(),
    no_compression: QueryFlag.optional(),
    format: z.string().optional(),
  }),
  socket: true,
  responses: { 200: z.array(WorkspaceAgentLog) },
});

/** Asked of the agent, which must be connected; ports of the system and of the agent itself are left out. */
export const listListeningPorts = endpoint({
  method: "GET",
  path: "/api/v2/workspaceagents/{workspaceagent}/listening-ports",
  operation: "list_listening_ports",
  summary: "Ports that listen inside",
  responses: { 200: WorkspaceAgentListeningPortsResponse },
});

/** The first step of every tunnel: relays, and whether a direct way is worth a try. */
export const getAgentConnection = endpoint({
  method: "GET",
  path: "/api/v2/workspaceagents/{workspaceagent}/connection",
  operation: "get_agent_connection",
  summary: "How to tunnel to an agent",
  responses: { 200: AgentConnectionInfo },
});

/** For looks at the network before there is an agent. */
export const getConnection = endpoint({
  method: "GET",
  path: "/api/v2/workspaceagents/connection",
  operation: "get_connection",
  summary: "How to tunnel, without an agent",
  responses: { 200: AgentConnectionInfo },
});

/**
 * A WebSocket: `ReconnectingPTYRequest`s go in as text, what the terminal shows comes out as bytes. The same
 * `reconnect` takes up the same terminal again.
 */
export const openTerminal = endpoint({
  method: "GET",
  path: "/api/v2/workspaceagents/{workspaceagent}/pty",
  operation: "open_terminal",
  summary: "Web terminal",
  query: z.object({
    reconnect: z.string().optional(),
    height: z.string().optional(),
    width: z.string().optional(),
    command: z.string().optional(),
    container: z.string().optional(),
    container_user: z.string().optional(),
    backend_type: z.string().optional(),
  }),
  socket: true,
  responses: {},
});

/** All of them at once, then all again whenever one changed; a ping every 15 s. */
export const watchMetadata = endpoint({
  method: "GET",
  path: "/api/v2/workspaceagents/{workspaceagent}/watch-metadata",
  operation: "watch_metadata",
  summary: "Metadata of an agent as server-sent events",
  responses: { 200: "events" },
});

/** The same as a `ServerSentEvent` a message. Whatever the client sends closes it. */
export const watchMetadataSocket = endpoint({
  method: "GET",
  path: "/api/v2/workspaceagents/{workspaceagent}/watch-metadata-ws",
  operation: "watch_metadata_socket",
  summary: "Metadata of an agent over a WebSocket",
  socket: true,
  responses: {},
});

/** Empty where apps have no subdomains. */
export const getAppHost = endpoint({
  method: "GET",
  path: "/api/v2/applications/host",
  operation: "get_app_host",
  summary: "Wildcard host of subdomain apps",
  responses: { 200: AppHostResponse },
});
