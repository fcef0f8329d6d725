import { ApiError } from "./api-error.ts";
import type { Client } from "./client.ts";
import { connectCommands, type CommandsConnection, type OpenWebSocket } from "./commands/index.ts";
import { openCommands as endpoint } from "./endpoints/commands.ts";

/** How a connection for commands is opened. */
export interface OpenCommandsOptions {
  /** "ready" waits for the agent and, after a claim, until it is the caller's. @default "none" */
  readonly wait?: "ready" | "none";
  /** What opens the WebSocket, in Node 20 that of the package `ws`. @default the platform's own */
  readonly openSocket?: OpenWebSocket | undefined;
  /** Gives up opening it; an open connection is not affected. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A connection for the commands of a workspace's agent: as many at once as one likes, each a message.
 * @throws ApiError what the server refuses, `agent_unreachable`, `unavailable`; the signal's reason. `exec_unsupported` may
 *   also come of the first command: the agent is asked while the connection opens
 */
export async function openCommands(
  client: Client,
  agentId: string,
  { wait, openSocket, signal }: OpenCommandsOptions = {},
): Promise<CommandsConnection> {
  const input = { params: { workspaceagent: agentId }, query: wait === undefined ? {} : { wait } };
  return await connectCommands({
    url: client.urlOf(endpoint, input, "ws"),
    headers: client.token === undefined ? {} : { "Coder-Session-Token": client.token },
    open: openSocket,
    signal,
    async explain() {
      try {
        await client.request(endpoint, { ...input, ...(signal === undefined ? {} : { signal }) });
        return undefined;
      } catch (error) {
        return error instanceof ApiError && error.code !== "upgrade_required" ? error : undefined;
      }
    },
  });
}
