import { expect, test } from "vitest";
import { classifyFailure } from "./classify-failure.ts";
import { retryAfterOf, shownWords } from "./provider-fault.ts";

const refused = (status: number | undefined, words = "") =>
  classifyFailure({ kind: "refused", status, words, detail: words, retryAfterMs: undefined }, "openai");

test.for<[status: number | undefined, words: string, kind: string, retryable: boolean]>([
  [401, "", "auth", false],
  [403, "", "auth", false],
  // Whatever the page of a proxy says.
  [401, "rate limit", "auth", false],
  [402, "", "usage_limit", false],
  [404, "model x does not exist", "config", false],
  [408, "", "timeout", true],
  [409, "", "config", false],
  [429, "", "rate_limit", true],
  [429, "You exceeded your current quota (insufficient_quota)", "usage_limit", false],
  [500, "", "generic", true],
  [502, "", "generic", true],
  [503, "", "overloaded", true],
  [504, "", "timeout", true],
  [529, "overloaded_error", "overloaded", true],
  [520, "", "generic", true],
  [400, "unknown parameter", "config", false],
  [400, "prompt is too long: 210000 tokens > 200000 maximum", "config", false],
  [400, "the response was filtered: content_filter", "content_filter", false],
  [307, "", "config", false],
  [undefined, "overloaded_error Overloaded", "overloaded", true],
  [undefined, "rate_limit_error", "rate_limit", true],
  [undefined, "api_error Internal server error", "generic", true],
  [undefined, "authentication_error invalid x-api-key", "auth", false],
])("a refusal with %s %j is %s, retried: %s", ([status, words, kind, retryable]) => {
  expect(refused(status, words).error).toMatchObject({ kind, retryable, provider: "openai" });
});

test.for([
  "This model's maximum context length is 128000 tokens (context_length_exceeded)",
  "prompt is too long: 210000 tokens > 200000 maximum",
  "Input is too long for requested model.",
  "The input token count exceeds the maximum number of tokens: exceeds the token limit",
])("%j is about the context's length [chat 153]", (words) => {
  expect(refused(400, words)).toMatchObject({ reason: "context_length", error: { kind: "config", retryable: false } });
});

test.for([
  ["silent", "stream_silence_timeout", true],
  ["cut", "stream_silence_timeout", true],
  ["timeout", "timeout", true],
  ["empty", "generic", true],
  ["tooLarge", "generic", false],
  ["contentFilter", "content_filter", false],
] as const)("what is %s is %s, retried: %s", ([kind, expected, retryable]) => {
  expect(classifyFailure({ kind }, "anthropic").error).toMatchObject({ kind: expected, retryable });
});

test.for<[Record<string, string>, number | undefined]>([
  [{}, undefined],
  [{ "retry-after": "7" }, 7000],
  [{ "retry-after": "1.5" }, 1500],
  [{ "retry-after-ms": "250", "retry-after": "9" }, 250],
  [{ "retry-after": "Thu, 01 Jan 2026 00:00:30 GMT" }, 30_000],
  [{ "retry-after": "Thu, 01 Jan 2020 00:00:00 GMT" }, 0],
  [{ "retry-after": "soon" }, undefined],
])("of the headers %j the wait is %s ms", ([headers, expected]) => {
  expect(retryAfterOf(headers, Date.UTC(2026, 0, 1))).toBe(expected);
});

test("a provider's wish to wait is kept to, for five minutes at most", () => {
  const fault = { kind: "refused", status: 429, words: "", detail: "" } as const;
  expect(classifyFailure({ ...fault, retryAfterMs: 20_000 }, "openai").retryAfterMs).toBe(20_000);
  expect(classifyFailure({ ...fault, retryAfterMs: 3_600_000 }, "openai").retryAfterMs).toBe(300_000);
});

test.for([
  ["Incorrect API key provided: sk-proj-abcdefgh1234.", "sk-proj-abcdefgh1234"],
  ["Incorrect API key provided: sk-pr**********1234.", "unrelated"],
  ["bad header: Bearer verysecrettoken", "other"],
  ["echo of plainsecret here", "plainsecret"],
])("of %j nothing of the key is shown", ([words, apiKey]) => {
  const shown = shownWords(words ?? "", apiKey ?? "");
  expect(shown).toContain("[key]");
  expect(shown).not.toMatch(/1234|verysecret|plainsecret/);
});

test("what is shown is short and has no control characters", () => {
  expect(shownWords(`a\n\u0000b${"x".repeat(9000)}`, "")).toMatch(/^a b(x+)…$/);
  expect(shownWords("x".repeat(9000), "").length).toBeLessThanOrEqual(501);
});
