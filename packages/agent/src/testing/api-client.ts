import { type IncomingMessage, type OutgoingHttpHeaders, request } from "node:http";
import { memoryPair } from "@hearth/wire";
import type { HttpApi } from "#api/http-api.ts";

/** An answer that has come whole. */
export interface Whole {
  readonly status: number | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly bytes: Buffer;
}

interface Asked {
  readonly body?: object | string | Uint8Array | undefined;
  readonly headers?: OutgoingHttpHeaders | undefined;
}

/** Asks the agent's HTTP API over a connection of its own. A body that is an object goes as JSON. For tests only. */
export class ApiClient {
  readonly #api: HttpApi;

  constructor(api: HttpApi) {
    this.#api = api;
  }

  /** The answer as it begins; destroying it leaves. */
  async open(method: string, path: string, { body, headers = {} }: Asked = {}): Promise<IncomingMessage> {
    const [ours, theirs] = memoryPair();
    this.#api.accept(theirs);
    const asked = request({ method, path, createConnection: () => ours, headers: { host: "agent", ...headers } });
    const answer = new Promise<IncomingMessage>((resolve, reject) => {
      asked.once("response", resolve);
      asked.on("error", reject);
    });
    answer.catch(() => undefined); // awaited below
    if (body === undefined || typeof body === "string" || body instanceof Uint8Array) asked.end(body);
    else asked.end(JSON.stringify(body));
    return await answer;
  }

  async ask(method: string, path: string, asked?: Asked): Promise<Whole> {
    const answer = await this.open(method, path, asked);
    const chunks: Buffer[] = [];
    for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
    return { status: answer.statusCode, headers: answer.headers, bytes: Buffer.concat(chunks) };
  }

  /** Status and JSON; nothing where there is no body. */
  async json(method: string, path: string, body?: Asked["body"]): Promise<[number | undefined, unknown]> {
    const { status, bytes } = await this.ask(method, path, { body });
    return [status, bytes.length === 0 ? undefined : (JSON.parse(bytes.toString("utf8")) as unknown)];
  }
}
