import { request, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { ApiError } from "@hearth/sdk";

/** More than any answer that we ask an agent for. */
const maxAnswerBytes = 1024 * 1024;

/**
 * Asks the agent's own HTTP API over a connection to its port 4, which is used up. Resolves with the parsed JSON of a
 * 200. @throws ApiError `agent_unreachable` when the answer is another, or none
 */
export async function askAgent(connection: Duplex, path: string, signal: AbortSignal): Promise<unknown> {
  try {
    const response = await get(connection, path, signal);
    const text = await readText(response);
    if (response.statusCode !== 200) throw new Error(`the agent answered ${response.statusCode}`);
    return JSON.parse(text);
  } catch (error) {
    signal.throwIfAborted();
    throw new ApiError("agent_unreachable", "The agent did not answer as it should: try again.", {
      cause: error,
      detail: error instanceof Error ? error.message : undefined,
    });
  } finally {
    connection.destroy();
  }
}

function get(connection: Duplex, path: string, signal: AbortSignal): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const asked = request({ createConnection: () => connection, host: "agent", path, signal }, resolve);
  asked.on("error", reject);
  asked.end();
  return promise;
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxAnswerBytes) throw new Error(`the answer is longer than ${maxAnswerBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
