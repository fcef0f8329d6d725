/** What went wrong, without the forms that a library gives it. */
export type ProviderFault =
  /** The provider said no, before or after it began. */
  | {
      readonly kind: "refused";
      readonly status: number | undefined;
      /** All that it said, for looking at. */
      readonly words: string;
      /** What of it may be shown. */
      readonly detail: string;
      readonly retryAfterMs: number | undefined;
    }
  | { readonly kind: "lost" | "malformed"; readonly detail: string }
  | { readonly kind: "cut" | "silent" | "timeout" | "tooLarge" | "empty" | "contentFilter" };

/** An answer became larger than is taken. */
export class AnswerTooLarge extends Error {
  override readonly name = "AnswerTooLarge";
}

const longestDetail = 500;
/** Keys as providers make them, also where a message has a part of one. */
const keyLike = /\b(sk|pk|key|AIza|Bearer)[-_ ]?[A-Za-z0-9_*.-]{8,}/g;

/** A provider's words as they may be shown: without the key, short, and without control characters. Pure. */
export function shownWords(words: string, apiKey: string): string {
  const without = apiKey === "" ? words : words.replaceAll(apiKey, "[key]");
  const plain = without
    .replaceAll(keyLike, "[key]")
    .replaceAll(/\p{Cc}+/gu, " ")
    .trim();
  return plain.length <= longestDetail ? plain : `${plain.slice(0, longestDetail)}…`;
}

/**
 * What a provider asks to be waited for, in milliseconds: `retry-after-ms`, or `Retry-After` as seconds or a date. Pure.
 * @see RFC 9110 §10.2.3
 */
export function retryAfterOf(headers: Readonly<Record<string, string>> | undefined, nowMs: number): number | undefined {
  const ms = Number(headers?.["retry-after-ms"] ?? Number.NaN);
  if (Number.isFinite(ms) && ms >= 0) return ms;
  const text = headers?.["retry-after"]?.trim();
  if (text === undefined || text === "") return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}
