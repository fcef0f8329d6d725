import type { Failure, ModelError, ModelErrorKind } from "./model-error.ts";
import type { ProviderFault } from "./provider-fault.ts";

/** What a fault is, and whether the same request may succeed later. */
interface Verdict {
  readonly kind: ModelErrorKind;
  readonly retryable: boolean;
  readonly message: string;
  readonly isContextLength?: true;
}

const later = { retryable: true } as const;
const never = { retryable: false } as const;

const verdicts = {
  auth: {
    kind: "auth",
    ...never,
    message: "The model's provider refused the API key: check it with the provider's settings.",
  },
  overloaded: { kind: "overloaded", ...later, message: "The model's provider is overloaded." },
  rateLimit: { kind: "rate_limit", ...later, message: "The model's provider limits how often it is asked." },
  usageLimit: {
    kind: "usage_limit",
    ...never,
    message: "The account with the model's provider has nothing left to spend.",
  },
  timeout: { kind: "timeout", ...later, message: "The model's provider took too long to answer." },
  broken: { kind: "generic", ...later, message: "The model's provider failed." },
  lost: { kind: "generic", ...later, message: "The connection to the model's provider was lost." },
  malformed: { kind: "generic", ...later, message: "The model's provider answered something that cannot be read." },
  cut: { kind: "stream_silence_timeout", ...later, message: "The model's answer ended in the middle." },
  silent: { kind: "stream_silence_timeout", ...later, message: "The model's provider fell silent." },
  tooLarge: { kind: "generic", ...never, message: "The model's answer is larger than this server takes." },
  contentFilter: { kind: "content_filter", ...never, message: "The model's provider refused to answer this." },
  contextLength: {
    kind: "config",
    ...never,
    message: "The conversation is longer than the model's context: compact it, or begin another.",
    isContextLength: true,
  },
  redirected: {
    kind: "config",
    ...never,
    message:
      "The provider's address answers with a redirection, which is not followed with a key: correct its base URL.",
  },
  notFound: {
    kind: "config",
    ...never,
    message: "The provider does not know the model, or its base URL is wrong: check both in the settings.",
  },
  badRequest: {
    kind: "config",
    ...never,
    message: "The model's provider refused the request: check the model's settings.",
  },
  empty: { kind: "generic", ...later, message: "The model answered nothing." },
} as const satisfies Readonly<Record<string, Verdict>>;

/** What is named by a word, whatever its status: in the order in which they are asked. */
const byWords: readonly (readonly [RegExp, Verdict])[] = [
  [
    /context_length_exceeded|(context|prompt|input).{0,24}too (long|large)|context (length|window)|maximum context|too many (input )?tokens|exceeds?.{0,40}(token|context) (limit|count|length|window)/i,
    verdicts.contextLength,
  ],
  [/insufficient_quota|exceeded your current quota|credit balance is too low|billing_error/i, verdicts.usageLimit],
  [/content_filter|content_policy|content management policy|violat\w+ .{0,30}polic/i, verdicts.contentFilter],
  [/invalid_api_key|authentication_error|permission_error|invalid x-api-key|incorrect api key/i, verdicts.auth],
  [/rate_limit|rate limit|too many requests|resource_exhausted/i, verdicts.rateLimit],
  [/overloaded|over capacity|server_is_overloaded|at capacity/i, verdicts.overloaded],
];

const byStatus: Readonly<Record<number, Verdict>> = {
  401: verdicts.auth,
  402: verdicts.usageLimit,
  403: verdicts.auth,
  404: verdicts.notFound,
  408: verdicts.timeout,
  413: verdicts.contextLength,
  429: verdicts.rateLimit,
  500: verdicts.broken,
  502: verdicts.broken,
  503: verdicts.overloaded,
  504: verdicts.timeout,
  529: verdicts.overloaded,
};

/** A wait that a provider asks for is kept to, up to so long. @see spec "AI chat" §7.3 [P] */
const longestRetryAfterMs = 5 * 60_000;

/** What a fault of a provider means to a chat. Pure. @see spec "AI chat" §7.3 */
export function classifyFailure(fault: ProviderFault, provider: string): Failure {
  const verdict: Verdict = verdictOf(fault);
  const detail = "detail" in fault ? fault.detail : undefined;
  const status = "status" in fault ? fault.status : undefined;
  const retryAfterMs = "retryAfterMs" in fault ? fault.retryAfterMs : undefined;
  const error: ModelError = {
    message: verdict.message,
    ...(detail === undefined || detail === "" ? {} : { detail }),
    kind: verdict.kind,
    provider,
    retryable: verdict.retryable,
    ...(status === undefined ? {} : { status_code: status }),
  };
  return {
    error,
    ...(verdict.isContextLength === true ? { reason: "context_length" as const } : {}),
    ...(fault.kind === "empty" ? { reason: "empty" as const } : {}),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs: Math.min(retryAfterMs, longestRetryAfterMs) }),
  };
}

function verdictOf(fault: ProviderFault): Verdict {
  if (fault.kind !== "refused") return verdicts[fault.kind];
  const { status, words } = fault;
  // Its own answer cannot be too long for a context: these words are those of a machine between.
  const named = status === 413 ? undefined : byWords.find(([pattern]) => pattern.test(words))?.[1];
  const known = status === undefined ? undefined : byStatus[status];
  // What a status says for certain is not talked over by words in a message.
  if (known === verdicts.auth || known === verdicts.notFound) return known;
  if (named !== undefined) return named;
  if (known !== undefined) return known;
  if (status === undefined) return verdicts.broken;
  if (status >= 300 && status < 400) return verdicts.redirected;
  return status >= 500 ? verdicts.broken : verdicts.badRequest;
}
