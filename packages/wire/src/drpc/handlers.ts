export interface DrpcContext {
  /** The full name, such as `/coder.agent.v2.Agent/GetManifest`. */
  readonly method: string;
  /** Aborts when the caller has left: it cancelled, closed or reset the call, or its session ended. */
  readonly signal: AbortSignal;
  /** What the caller sent along before the call. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** The callee's side of a call with messages in both directions. */
export interface DrpcServerCall {
  /** What the caller sends; ends with its last word, or when it leaves. For one consumer. */
  readonly messages: AsyncIterable<Buffer, void, undefined>;
  /** Resolves once the message is on its way: waits for the caller's credit. @throws when the caller has left. */
  readonly send: (message: Uint8Array) => Promise<void>;
}

/**
 * How a method is answered. A handler answers with an error by throwing: a {@link DrpcError} as it is, anything else
 * as `internal error`, with the details in the log only. A streaming call ends when its handler returns.
 */
export type DrpcHandler =
  | { kind: "unary"; handle(request: Buffer, context: DrpcContext): Promise<Uint8Array> }
  | { kind: "stream"; handle(call: DrpcServerCall, context: DrpcContext): Promise<void> };

/** Handlers by the methods' full names. */
export type DrpcHandlers = ReadonlyMap<string, DrpcHandler>;
