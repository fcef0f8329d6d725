import { openCommands, type Client } from "@hearth/sdk";
import type { CommandsConnection } from "@hearth/sdk/commands";
import { clientSocketOptions } from "@hearth/wire/client-socket-options";
import { WebSocket } from "ws";

/**
 * A connection for commands of an agent that is connected.
 * @throws ApiError when the server refuses, and `unavailable` when it cannot be reached
 */
export async function openConnection(
  client: Client,
  agentId: string,
  signal: AbortSignal,
): Promise<CommandsConnection> {
  return await openCommands(client, agentId, {
    signal,
    openSocket: (url, headers) => new WebSocket(url, { ...clientSocketOptions(url), headers }),
  });
}
