import { HearthError } from "@hearth/base";

/** A WebSocket ended otherwise than by a close with code 1000. Connecting again makes sense. */
export class WebSocketClosed extends HearthError {
  override readonly name = "WebSocketClosed";
  /** The close code of RFC 6455 §7.4; 1006 when the connection was cut without one. */
  readonly code: number;
  readonly reason: string;

  constructor(code: number, reason: string) {
    // Some reasons are sentences, with their own end.
    const why = reason === "" ? "" : `: ${reason.replace(/\.$/, "")}`;
    const what = code === 1006 ? "was cut" : `was closed with code ${code}`;
    super(`The WebSocket ${what}${why}.`, { cause: undefined, shouldRetry: true });
    this.code = code;
    this.reason = reason;
  }
}
