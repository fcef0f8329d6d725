import type { Duplex } from "node:stream";
import { endpoints, type Client } from "@hearth/sdk";
import { webSocketStream } from "@hearth/wire/web-socket-stream";
import { openSocket } from "#api/socket.ts";

/** Ports that the agent answers itself; any other is a TCP port inside the workspace. */
export const sshPort = 1;

/**
 * A byte stream to a port of an agent, through the server.
 * @throws ApiError when the server refuses; a refusal by the agent breaks the stream instead.
 */
export async function dialAgent(client: Client, agentId: string, port: number, signal: AbortSignal): Promise<Duplex> {
  const input = { params: { workspaceagent: agentId }, query: { port, wait: "none" as const } };
  return await openSocket(client, endpoints.hearth.dial, input, signal, (socket) => {
    // A refusal breaks the stream before anybody has it; afterwards whoever reads it sees its end.
    return webSocketStream(socket).on("error", () => undefined);
  });
}
