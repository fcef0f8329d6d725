import { HearthError } from "@hearth/base";

/** The peer broke the rules of yamux; its session ends. */
export class YamuxProtocolError extends HearthError {
  override readonly name = "YamuxProtocolError";

  constructor(message: string) {
    super(message, { cause: undefined });
  }
}

/** The peer ended this one stream abruptly; the session lives on. */
export class StreamReset extends HearthError {
  override readonly name = "StreamReset";

  constructor(streamId: number) {
    super(`The peer reset stream ${streamId}.`, { cause: undefined, shouldRetry: true });
  }
}

/** How a session ended. */
export const sessionEndKinds = [
  /** We closed it. */
  "closed",
  /** The peer closed it in order. */
  "closed_by_peer",
  /** The connection broke, or ended inside a frame. */
  "cut",
  /** The peer did not answer a keep-alive ping, or took nothing of what was written, in time. */
  "timed_out",
  /** One of the two broke the rules. */
  "protocol_error",
  /** We owed the peer more answers than the session may hold, because it does not read. */
  "overrun",
] as const;
export type SessionEndKind = (typeof sessionEndKinds)[number];

/** What the session is over with: every stream and call it carried fails with this. Connecting again makes sense. */
export class SessionEnded extends HearthError {
  override readonly name = "SessionEnded";
  readonly kind: SessionEndKind;

  constructor(kind: SessionEndKind, message: string, cause?: unknown) {
    super(message, { cause, shouldRetry: true });
    this.kind = kind;
  }
}
