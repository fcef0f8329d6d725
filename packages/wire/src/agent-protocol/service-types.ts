import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { CallOptions } from "../drpc/client.ts";
import type { DrpcContext } from "../drpc/handlers.ts";

/** The methods of a service as generated code describes them. */
export type ServiceMethods = Record<
  string,
  {
    input: DescMessage;
    output: DescMessage;
    methodKind: "unary" | "server_streaming" | "client_streaming" | "bidi_streaming";
  }
>;

/** A call with messages in both directions, as its caller holds it. */
export interface TypedCall<Request, Response> {
  /** What the callee sends; ends with its last word. For one consumer. @throws DrpcError, SessionEnded, StreamReset */
  readonly messages: AsyncIterable<Response, void, undefined>;
  /** Resolves once the message is on its way. */
  send(message: Request): Promise<void>;
  closeSend(): void;
  /** Ends the call in order. */
  close(): void;
}

/**
 * A service as its caller sees it. Unary methods give the answer; streaming ones a call, of which a server-streaming
 * one has sent its only request already.
 */
export type ServiceClient<M extends ServiceMethods> = {
  [K in keyof M]: M[K]["methodKind"] extends "unary"
    ? (request: MessageInitShape<M[K]["input"]>, options?: CallOptions) => Promise<MessageShape<M[K]["output"]>>
    : M[K]["methodKind"] extends "server_streaming"
      ? (
          request: MessageInitShape<M[K]["input"]>,
          options?: Pick<CallOptions, "signal">,
        ) => Pick<TypedCall<never, MessageShape<M[K]["output"]>>, "messages" | "close">
      : (
          options?: Pick<CallOptions, "signal">,
        ) => TypedCall<MessageInitShape<M[K]["input"]>, MessageShape<M[K]["output"]>>;
};

/** What a handler knows of its call beside the request. */
export type CallContext = DrpcContext;

/**
 * A service as its callee implements it: a promise for a unary method, an async iterable of answers for a streaming
 * one. A streaming call ends when its iterable does; while it waits it must heed `signal`.
 */
export type ServiceHandlers<M extends ServiceMethods> = {
  [K in keyof M]: M[K]["methodKind"] extends "unary"
    ? (request: MessageShape<M[K]["input"]>, context: CallContext) => Promise<MessageInitShape<M[K]["output"]>>
    : M[K]["methodKind"] extends "server_streaming"
      ? (
          request: MessageShape<M[K]["input"]>,
          context: CallContext,
        ) => AsyncIterable<MessageInitShape<M[K]["output"]>, void, undefined>
      : (
          requests: AsyncIterable<MessageShape<M[K]["input"]>, void, undefined>,
          context: CallContext,
        ) => AsyncIterable<MessageInitShape<M[K]["output"]>, void, undefined>;
};
