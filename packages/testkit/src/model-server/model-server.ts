import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock, type Clock } from "@hearth/base";
import { anthropic } from "./anthropic.ts";
import type { Dialect } from "./dialect.ts";
import { openaiChat } from "./openai-chat.ts";
import { openaiResponses } from "./openai-responses.ts";
import type { Answering, Turn } from "./script.ts";

const dialects: readonly Dialect[] = [openaiChat, openaiResponses, anthropic];

/** A request that came, as it came. */
export interface ModelRequest {
  readonly dialect: Dialect["name"];
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Of its JSON. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** Answers each request: a rule for all, or what is to come in order. */
export type Script = ((request: ModelRequest, count: number) => Turn | Promise<Turn>) | readonly Turn[];

/**
 * A server that speaks the streaming HTTP of three providers by a script, and keeps the requests that it got: OpenAI's chat
 * completions at `/v1/chat/completions`, its responses at `/v1/responses`, and Anthropic's messages at `/v1/messages`.
 * A request that the script has no turn for is answered 500, and says so.
 */
export class ModelServer implements AsyncDisposable {
  /** What providers begin their requests with. */
  readonly baseUrl: string;
  readonly requests: ModelRequest[] = [];
  readonly #server: Server;
  readonly #clock: Clock;
  readonly #closing = new AbortController();
  readonly #watchers = new Set<() => void>();
  #script: Script;

  private constructor(server: Server, script: Script, clock: Clock) {
    this.#server = server;
    this.#script = script;
    this.#clock = clock;
    const { port } = server.address() as AddressInfo; // it listens on a port
    this.baseUrl = `http://127.0.0.1:${port}/v1`;
    server.on("request", (request, response) => {
      this.#serve(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
  }

  /** Pauses of the script are waited for by `clock`. */
  static async start(script: Script = [], { clock = systemClock }: { clock?: Clock } = {}): Promise<ModelServer> {
    const server = createServer();
    // A client that takes its time finds its connection again.
    server.keepAliveTimeout = 600_000;
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new ModelServer(server, script, clock);
  }

  /** Another script from the next request on. */
  follow(script: Script): void {
    this.#script = script;
    this.requests.length = 0;
  }

  /** Resolves once so many requests have come. */
  async untilAsked(count: number): Promise<void> {
    while (this.requests.length < count) {
      await new Promise<void>((resolve) => this.#watchers.add(resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "";
    const dialect = dialects.find((one) => path.endsWith(one.path));
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer); // no encoding is set
    if (dialect === undefined) {
      response.writeHead(404).end();
      return;
    }
    const body = JSON.parse(Buffer.concat(chunks).toString()) as ModelRequest["body"]; // what a provider's SDK sends
    const asked: ModelRequest = { dialect: dialect.name, path, headers: request.headers, body };
    this.requests.push(asked);
    for (const wake of this.#watchers) wake();
    this.#watchers.clear();
    const turn = await this.#turnFor(asked);
    if ("deeds" in turn) await this.#answer(response, dialect, turn, asked);
    else refuse(response, dialect, turn);
  }

  async #turnFor(asked: ModelRequest): Promise<Turn> {
    const at = this.requests.length - 1;
    const turn = typeof this.#script === "function" ? await this.#script(asked, at) : this.#script[at];
    return turn ?? { status: 500, message: `The script has no turn for request ${at + 1}.` };
  }

  async #answer(response: ServerResponse, dialect: Dialect, turn: Answering, { body }: ModelRequest): Promise<void> {
    const telling = dialect.telling(turn, typeof body["model"] === "string" ? body["model"] : "");
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" });
    response.flushHeaders();
    await write(response, telling.begin());
    for (const deed of turn.deeds) {
      if (response.destroyed) return;
      if ("cut" in deed) {
        response.socket?.destroy();
        return;
      }
      if ("pauseMs" in deed) await this.#pause(deed.pauseMs, response);
      else if ("until" in deed) await Promise.race([deed.until, closeOf(response)]);
      else if ("raw" in deed) await write(response, deed.raw);
      else {
        // Chunks are written one by one, as they would come.
        for (const text of telling.tell(deed)) await write(response, text);
        if ("fail" in deed) {
          response.end();
          return;
        }
      }
    }
    response.end(telling.end());
  }

  async #pause(ms: number, response: ServerResponse): Promise<void> {
    const signal = this.#closing.signal;
    const sleep = this.#clock.sleep(ms, { signal, tag: "model server" }).catch(() => undefined);
    await Promise.race([sleep, closeOf(response)]);
  }
}

function refuse(response: ServerResponse, dialect: Dialect, turn: Exclude<Turn, Answering>): void {
  const { status, headers = {}, message = "refused by the script", type = "scripted" } = turn;
  const body = turn.body ?? dialect.refusal({ type, message });
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

async function write(response: ServerResponse, text: string): Promise<void> {
  if (response.destroyed) return;
  if (!response.write(text)) await Promise.race([once(response, "drain"), closeOf(response)]);
}

async function closeOf(response: ServerResponse): Promise<void> {
  if (!response.closed) await once(response, "close");
}
