import { request, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { Readable, type Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { messageOf, onAbort, type Clock } from "@hearth/base";
import { ApiError, errorCodes, type ErrorCode, type Method } from "@hearth/sdk";
import { z } from "zod";
import type { ReachedAgent } from "../dial/reach-agent.ts";
import { dialApi, execUnsupported } from "./command-stream.ts";

/** Far above a list of 10,000 files. */
const maxJsonBytes = 16 * 1024 * 1024;
/** For the head of an answer, counted from the end of what was asked: the agent gives up what takes it 20 s. */
const answerMs = 30_000;

/** What the agent's own HTTP API is asked. */
export interface AgentQuestion {
  readonly method: Method;
  /** Below `/api/v1`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly headers?: OutgoingHttpHeaders;
  /** JSON of a value, or bytes as they come. */
  readonly body?: { readonly json: unknown } | { readonly bytes: AsyncIterable<Uint8Array> };
  /** The answer may wait for what it is about, as a start does for the workspace's scripts. */
  readonly isPatient?: boolean;
  readonly signal: AbortSignal;
}

/**
 * Asks an agent's own HTTP API, over a connection of its own. Resolves with a success answer, its body unread: whoever has
 * it reads it or destroys it; it breaks when `signal` aborts.
 *
 * @throws ApiError what the agent refused, with its status; `exec_unsupported`, `agent_unreachable`; the signal's reason
 */
export async function askAgentApi(
  agent: ReachedAgent,
  question: AgentQuestion,
  { clock }: { readonly clock: Clock },
): Promise<IncomingMessage> {
  const { signal } = question;
  const connection = await dialApi(agent, "files and processes", signal);
  const cut = onAbort(signal, () => void connection.destroy(new Error("whoever asked has left")));
  connection.once("close", () => cut[Symbol.dispose]());
  try {
    const response = await send(connection, question, clock);
    if ((response.statusCode ?? 0) < 400) return response;
    throw await refusalOf(response);
  } catch (error) {
    connection.destroy();
    signal.throwIfAborted();
    if (error instanceof ApiError) throw error;
    throw new ApiError("agent_unreachable", "The agent did not answer as it should: try again.", {
      cause: error,
      detail: messageOf(error),
    });
  }
}

/** The parsed JSON of an answer. @throws ApiError `agent_unreachable` when it is none */
export async function readJson(response: IncomingMessage): Promise<unknown> {
  try {
    return JSON.parse(await readText(response)) as unknown;
  } catch (error) {
    const options = { cause: error, detail: messageOf(error) };
    throw new ApiError("agent_unreachable", "The agent did not answer as it should: try again.", options);
  } finally {
    response.destroy();
  }
}

async function send(connection: Duplex, question: AgentQuestion, clock: Clock): Promise<IncomingMessage> {
  const { method, path, query = {}, headers = {}, body, isPatient = false } = question;
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  const json = body !== undefined && "json" in body ? Buffer.from(JSON.stringify(body.json)) : undefined;
  const asked = request({
    createConnection: () => connection,
    host: "agent",
    method,
    path: `/api/v1${path}${search.size === 0 ? "" : `?${search.toString()}`}`,
    headers: {
      ...headers,
      ...(json === undefined ? {} : { "content-type": "application/json", "content-length": json.length }),
    },
  });
  const answered = Promise.withResolvers<IncomingMessage>();
  asked.once("response", answered.resolve);
  asked.on("error", answered.reject);
  // An agent that refuses early answers while we still send.
  const sent =
    body !== undefined && "bytes" in body
      ? pipeline(Readable.from(body.bytes), asked).catch(answered.reject)
      : void asked.end(json);
  await Promise.race([sent, answered.promise]);
  if (isPatient) return await answered.promise;
  using late = clock.timeout(answerMs, { tag: "agent-answer" });
  using _late = onAbort(late.signal, () => answered.reject(new Error(`no answer within ${answerMs / 1000} s`)));
  return await answered.promise;
}

const Refusal = z.object({ code: z.string(), message: z.string() });

/** What the agent refused, in its words. One that knows nothing of the path is of another make, or older. */
async function refusalOf(response: IncomingMessage): Promise<ApiError> {
  const status = response.statusCode ?? 500;
  const text = await readText(response);
  const parsed = Refusal.safeParse(parseJson(text));
  if (!parsed.success) {
    if (status === 404) return execUnsupported();
    throw new Error(`the agent answered ${status}`);
  }
  const { code, message } = parsed.data;
  return new ApiError(toErrorCode(code, status), message, { status });
}

/** A word of the agent's that our table lacks is told by its status. */
function toErrorCode(code: string, status: number): ErrorCode {
  if (code in errorCodes) return code as ErrorCode; // checked just before
  const byStatus: Readonly<Record<number, ErrorCode>> = {
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    413: "too_large",
    429: "rate_limited",
    507: "insufficient_storage",
  };
  return byStatus[status] ?? (status < 500 ? "precondition_failed" : "agent_unreachable");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // no refusal of our API
  }
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxJsonBytes) throw new Error(`the answer is longer than ${maxJsonBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
