/** Numbers that a turn's answer reports; what is left out is not told. */
export interface UsageNumbers {
  /** All of the prompt, what was read from and written to the cache among it. */
  readonly input?: number;
  /** All of the answer, reasoning among it. */
  readonly output?: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  readonly reasoning?: number;
}

/** A call of a tool, as the model makes it. */
export interface ScriptedCall {
  readonly id: string;
  readonly name: string;
  /** Sent as JSON; a text is sent as it is, such as broken JSON. */
  readonly args: unknown;
}

/** One thing that the model does while it answers, in order. */
export type Deed =
  /** Text, a chunk each. */
  | { readonly say: string | readonly string[] }
  /** Reasoning, a chunk each. */
  | { readonly think: string | readonly string[] }
  /** One call, its arguments in as many chunks. */
  | { readonly call: ScriptedCall; readonly chunks?: number }
  /** Waits so long by the server's clock. */
  | { readonly pauseMs: number }
  /** Waits for the test; a promise that never resolves is silence. */
  | { readonly until: Promise<unknown> }
  /** Bytes as they are, in the middle of the stream: a malformed chunk. */
  | { readonly raw: string }
  /** What the provider sends when it fails after it has begun. */
  | { readonly fail: { readonly type: string; readonly message: string } }
  /** The connection is lost; nothing follows. */
  | { readonly cut: true };

/** Why the model stops. */
export type Ending = "stop" | "tool-calls" | "length" | "refusal";

/** What one request is answered with. */
export type Turn =
  | {
      readonly deeds: readonly Deed[];
      /** @default what the deeds imply: calls, or none */
      readonly ending?: Ending;
      readonly usage?: UsageNumbers;
      /** Of the answer. @default a new one each time */
      readonly responseId?: string;
    }
  /** A refusal instead of a stream. */
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** A text is sent as it is. @default the provider's own form, with `message` */
      readonly body?: unknown;
      readonly message?: string;
      /** The provider's word, such as `context_length_exceeded`. */
      readonly type?: string;
    };

/** A turn that streams. */
export type Answering = Extract<Turn, { readonly deeds: readonly Deed[] }>;

export function endingOf({ deeds, ending }: Answering): Ending {
  return ending ?? (deeds.some((deed) => "call" in deed) ? "tool-calls" : "stop");
}

export function chunksOf(texts: string | readonly string[]): readonly string[] {
  return typeof texts === "string" ? [texts] : texts;
}

/** The arguments of a call in so many pieces. */
export function argumentChunks(call: ScriptedCall, count = 1): string[] {
  const text = typeof call.args === "string" ? call.args : JSON.stringify(call.args);
  const size = Math.max(1, Math.ceil(text.length / count));
  return text === ""
    ? []
    : Array.from({ length: Math.ceil(text.length / size) }, (_, at) => text.slice(at * size, (at + 1) * size));
}
