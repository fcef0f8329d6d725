import type { Answering, Deed } from "./script.ts";

/** What is written before, for and after the deeds of an answer, as text of its event stream. */
export interface Telling {
  begin(): string;
  /** Of a deed that says something. */
  tell(
    deed: Extract<Deed, { say: unknown } | { think: unknown } | { call: unknown } | { fail: unknown }>,
  ): readonly string[];
  end(): string;
}

/** How one provider's API speaks. */
export interface Dialect {
  readonly name: "openai-chat" | "openai-responses" | "anthropic";
  /** The end of the paths that it answers. */
  readonly path: string;
  telling(turn: Answering, model: string): Telling;
  /** The body of a refusal. */
  refusal(error: { readonly type: string; readonly message: string }): unknown;
}

/** A server-sent event without a name. */
export const event = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;

/** The same with one. */
export const named = (name: string, data: object): string =>
  `event: ${name}\ndata: ${JSON.stringify({ type: name, ...data })}\n\n`;
