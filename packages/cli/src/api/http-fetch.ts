import { request as plainRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { pipeline, Readable } from "node:stream";
import type { HttpAnswer, HttpInit } from "@hearth/sdk";

/**
 * Asks as `fetch` does, over Node's own HTTP client: what stands behind the global `fetch` takes longer to load than a
 * short command does altogether.
 *
 * What this does not do itself, following a redirect and sending what is neither text nor bytes, is left to `fetch`.
 * @throws the connection's error, or the reason of the signal
 */
export async function httpFetch(address: string, init: HttpInit): Promise<HttpAnswer> {
  const { body } = init;
  if (body !== undefined && typeof body !== "string" && !(body instanceof Uint8Array))
    return await fetch(address, init);
  const url = new URL(address);
  const request = url.protocol === "https:" ? (await import("node:https")).request : plainRequest;
  const message = await ask(request, url, init, body);
  const status = message.statusCode ?? 0;
  if (status >= 301 && status <= 308 && message.headers.location !== undefined) {
    message.resume();
    return await fetch(address, init);
  }
  return new Answer(status, message, await unpacked(message));
}

type Send = (url: URL, options: RequestOptions) => ReturnType<typeof plainRequest>;

async function ask(
  request: Send,
  url: URL,
  { method, headers, signal }: HttpInit,
  body: string | Uint8Array | undefined,
): Promise<IncomingMessage> {
  signal?.throwIfAborted();
  const size = body === undefined ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
  for (;;) {
    const sent = request(url, {
      method,
      headers: { "Accept-Encoding": "gzip", ...headers, ...size },
      ...(signal && { signal }),
    });
    try {
      return await new Promise((resolve, reject) => {
        sent.once("response", resolve).on("error", reject).end(body);
      });
    } catch (error) {
      signal?.throwIfAborted();
      // A connection that the server had closed meanwhile: nobody has seen this request.
      if (!sent.reusedSocket || method !== "GET" || codeOf(error) !== "ECONNRESET") throw error;
    }
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

async function unpacked(message: IncomingMessage): Promise<Readable> {
  if (message.headers["content-encoding"] !== "gzip") return message;
  const { createGunzip } = await import("node:zlib");
  // Whoever reads the end of it sees what went wrong.
  return pipeline(message, createGunzip(), () => undefined);
}

class Answer implements HttpAnswer {
  readonly status: number;
  readonly headers: HttpAnswer["headers"];
  readonly #readable: Readable;
  #body: HttpAnswer["body"] | undefined;

  constructor(status: number, message: IncomingMessage, readable: Readable) {
    this.status = status;
    this.#readable = readable;
    this.headers = {
      get(name) {
        const value = message.headers[name.toLowerCase()];
        return value === undefined ? null : String(value);
      },
    };
    if (status === 204 || status === 304) {
      readable.resume();
      this.#body = null;
    }
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  get body(): HttpAnswer["body"] {
    if (this.#body === undefined) this.#body = Readable.toWeb(this.#readable);
    return this.#body;
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    const bytes = await this.#gather();
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer; // never shared
  }

  async text(): Promise<string> {
    return (await this.#gather()).toString("utf8");
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  async #gather(): Promise<Buffer> {
    if (this.#body === null) return Buffer.alloc(0);
    const pieces: Uint8Array[] = [];
    for await (const piece of this.#readable) pieces.push(piece as Uint8Array); // no encoding is set
    return Buffer.concat(pieces);
  }
}
