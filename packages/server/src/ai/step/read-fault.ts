import { AnswerTooLarge, retryAfterOf, type ProviderFault } from "./provider-fault.ts";

/** The fields that the library's errors have, each by its name. */
interface Known {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly statusCode?: unknown;
  readonly responseHeaders?: unknown;
  readonly responseBody?: unknown;
  readonly type?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
}

const unreadable = new Set([
  "AI_JSONParseError",
  "AI_TypeValidationError",
  "AI_InvalidResponseDataError",
  "AI_InvalidStreamPartError",
  "SyntaxError",
]);

/**
 * What an error of the library or of the network tells, without what must not be told: requests, addresses, keys. Pure.
 * `shown` makes of the provider's words those that may be shown.
 */
export function readFault(
  error: unknown,
  { shown, nowMs }: { readonly shown: (words: string) => string; readonly nowMs: number },
): ProviderFault {
  const chain = causesOf(error);
  if (chain.some((each) => each instanceof AnswerTooLarge)) return { kind: "tooLarge" };
  const refused = chain.find(({ name }) => name === "AI_APICallError" || name === "AI_StreamProviderError");
  const status = typeof refused?.statusCode === "number" ? refused.statusCode : undefined;
  if (refused !== undefined && (status === undefined || status >= 300) && !isOfNetwork(refused)) {
    return {
      kind: "refused",
      status,
      words: [refused.type, refused.code, refused.message, refused.responseBody].filter(isText).join(" "),
      detail: isText(refused.message) ? shown(refused.message) : "",
      retryAfterMs: retryAfterOf(headersOf(refused), nowMs),
    };
  }
  if (chain.some(({ name }) => name === "TimeoutError")) return { kind: "timeout" };
  if (chain.some(({ name }) => unreadable.has(String(name)))) return { kind: "malformed", detail: "" };
  // The code alone: messages of the network name addresses.
  const code = chain.map((each) => each.code).find(isText);
  return { kind: "lost", detail: code ?? "" };
}

/** Without a status, and about sockets: the library makes the same kind of error of both. */
function isOfNetwork(error: Known): boolean {
  return error.name === "AI_APICallError" && error.statusCode === undefined && error.responseBody === undefined;
}

function causesOf(error: unknown): Known[] {
  const chain: Known[] = [];
  let at = error;
  while (typeof at === "object" && at !== null && chain.length < 8) {
    chain.push(at);
    at = (at as Known).cause; // any object may be asked for it
  }
  return chain;
}

function headersOf({ responseHeaders: headers }: Known): Record<string, string> | undefined {
  return typeof headers === "object" && headers !== null ? (headers as Record<string, string>) : undefined; // the library's word
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
