import { messageOf } from "@hearth/base";
import type { z } from "zod";
import { ApiError } from "./api-error.ts";
import { errorCodes, type ErrorCode } from "./error-codes.ts";
import type { ValidationError } from "./schemas/common.ts";
import type { AnswerBody, Body, EndpointShape, PathParams, QueryInput } from "./endpoint.ts";

/** What a call needs: only the parts that its endpoint has. */
export type CallInput<E extends EndpointShape> = (keyof PathParams<E["path"]> extends never
  ? { params?: undefined }
  : { params: PathParams<E["path"]> }) & {
  query?: QueryInput<E>;
  body?: E["body"] extends z.ZodType
    ? z.input<E["body"]>
    : E["body"] extends "raw"
      ? Uint8Array | ReadableStream<Uint8Array>
      : Body<E>;
  /** Of a raw body. */
  contentType?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
};

/** What the client says of a request. */
export interface HttpInit {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: NonNullable<RequestInit["body"]>;
  readonly signal?: AbortSignal;
}

/** What the client, and whoever reads an answer themselves, takes of a `Response`: another way to ask has to have no more. */
export interface HttpAnswer extends Pick<
  globalThis.Response,
  "ok" | "status" | "body" | "json" | "text" | "arrayBuffer"
> {
  readonly headers: Pick<globalThis.Headers, "get">;
}

/** Which server to talk to, and as whom. */
export interface ClientOptions {
  /** Root of the server: `http://127.0.0.1:7080`. */
  url: string;
  /** Sent as `Coder-Session-Token`. Browsers leave it out: their cookie does the work. */
  token?: string | undefined;
  /** For every request: user agent, CSRF token. */
  headers?: (() => Record<string, string>) | undefined;
  /** How to ask; without it the runtime's `fetch`. */
  fetch?: ((url: string, init: HttpInit) => Promise<HttpAnswer>) | undefined;
}

/** Talks to a server in the words of the endpoints. */
export interface Client {
  readonly url: string;
  readonly token: string | undefined;
  /**
   * Calls an endpoint and gives the body of its success answer: parsed JSON, bytes of a raw one, `undefined` for none.
   * @throws ApiError for every refusal, and `unavailable` when the server cannot be reached.
   */
  call<E extends EndpointShape>(endpoint: E, input: CallInput<E>): Promise<AnswerBody<E>>;
  /** The same, with status and headers, and the body unread. */
  request<E extends EndpointShape>(endpoint: E, input: CallInput<E>): Promise<HttpAnswer>;
  /** The address of an endpoint, for WebSockets (`ws:`) and links. */
  urlOf<E extends EndpointShape>(
    endpoint: E,
    input: Pick<CallInput<E>, "params" | "query">,
    protocol?: "http" | "ws",
  ): string;
}

/** What any call may bring; the interface's generics say which of it an endpoint needs. */
interface AnyInput {
  params?: Record<string, string> | undefined;
  query?: Record<string, unknown> | undefined;
  body?: unknown;
  contentType?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** A client of one server; opens nothing before the first call. */
export function createClient(options: ClientOptions): Client {
  const base = options.url.replace(/\/+$/, "");
  const doFetch = options.fetch ?? fetch;

  function urlOf(
    endpoint: EndpointShape,
    input: { params?: Record<string, string> | undefined; query?: Record<string, unknown> | undefined },
    protocol: "http" | "ws" = "http",
  ) {
    const path = endpoint.path.replace(/\{([^}]+)\}/g, (_, name: string) => {
      const value = input.params?.[name];
      if (value === undefined) throw new TypeError(`${endpoint.operation} needs the path parameter "${name}"`);
      return encodeURIComponent(value);
    });
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(input.query ?? {})) {
      if (value !== undefined) query.set(name, textOf(value));
    }
    const origin = protocol === "ws" ? base.replace(/^http/, "ws") : base;
    return `${origin}${path}${query.size > 0 ? `?${query}` : ""}`;
  }

  async function request(endpoint: EndpointShape, input: AnyInput): Promise<HttpAnswer> {
    const headers: Record<string, string> = { ...options.headers?.(), ...input.headers };
    if (options.token !== undefined) headers["Coder-Session-Token"] = options.token;
    let body: NonNullable<RequestInit["body"]> | undefined;
    if (input.body !== undefined) {
      headers["Content-Type"] =
        endpoint.body === "raw" ? (input.contentType ?? "application/x-tar") : "application/json";
      // A raw body is bytes by the endpoint's type; TypeScript cannot see that through the union.
      body = endpoint.body === "raw" ? (input.body as NonNullable<RequestInit["body"]>) : JSON.stringify(input.body);
    }
    const url = urlOf(endpoint, input);
    let response: HttpAnswer;
    try {
      response = await doFetch(url, {
        method: endpoint.method,
        headers,
        ...(body === undefined ? {} : { body }),
        // What comes piece by piece; the platform wants to be told.
        ...(body instanceof ReadableStream ? { duplex: "half" } : {}),
        ...(input.signal === undefined ? {} : { signal: input.signal }),
      });
    } catch (error) {
      input.signal?.throwIfAborted();
      throw new ApiError("unavailable", `Hearth at ${base} cannot be reached: check the address and that it runs.`, {
        cause: error,
        detail: reasonOf(error),
      });
    }
    if (!response.ok && !(response.status in endpoint.responses)) throw await toApiError(response);
    return response;
  }

  return {
    url: base,
    token: options.token,
    // The implementations are untyped over endpoints; the interface's generics restore each endpoint's own types.
    urlOf: urlOf,
    request,
    call: (async (endpoint: EndpointShape, input: AnyInput) => {
      const response = await request(endpoint, input);
      const shape = endpoint.responses[response.status];
      if (shape === null || response.status === 204 || response.status === 304) {
        await response.body?.cancel();
        return undefined;
      }
      if (shape === "raw") return new Uint8Array(await response.arrayBuffer());
      const value: unknown = await response.json();
      return value;
    }) as unknown as Client["call"],
  };
}

/** Query values are texts, numbers, flags and what knows its own text. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Turns a refusal into an {@link ApiError}; an answer that is no `Response` body becomes one that quotes its status. */
export async function toApiError(response: Pick<HttpAnswer, "status" | "text">): Promise<ApiError> {
  const text = await response.text();
  const body = refusalIn(text);
  const message = body?.message ?? (text.slice(0, 200) || `The server answered ${response.status}.`);
  return new ApiError(codeOf(body?.code, response.status), message, {
    detail: body?.detail,
    validations: body?.validations ?? [],
    status: response.status,
  });
}

interface Refusal {
  readonly message: string;
  readonly detail?: string;
  readonly validations?: readonly ValidationError[] | null;
  readonly code?: string;
}

/** Undefined for plain text or a proxy's page, where the status alone has to do. */
function refusalIn(text: string): Refusal | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRefusal(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** By hand: whoever only calls routes has no schemas to load. */
function isRefusal(value: unknown): value is Refusal {
  if (typeof value !== "object" || value === null) return false;
  const { message, detail, validations, code } = value as { [Name in keyof Refusal]: unknown };
  const isTextOrNone = (it: unknown): boolean => it === undefined || typeof it === "string";
  return (
    typeof message === "string" &&
    isTextOrNone(detail) &&
    isTextOrNone(code) &&
    ((validations ?? null) === null || (Array.isArray(validations) && validations.every(isValidation)))
  );
}

function isValidation(value: unknown): value is ValidationError {
  if (typeof value !== "object" || value === null) return false;
  return "field" in value && typeof value.field === "string" && "detail" in value && typeof value.detail === "string";
}

function codeOf(code: string | undefined, status: number): ErrorCode {
  if (code !== undefined && code in errorCodes) return code as ErrorCode; // checked just before
  const byStatus: Record<number, ErrorCode> = {
    400: "validation_failed",
    401: "not_authenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    410: "gone",
    413: "too_large",
    429: "rate_limited",
    503: "unavailable",
  };
  return byStatus[status] ?? "internal";
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return messageOf(cause);
}
