import { HearthError } from "@hearth/base";
import type { EngineState } from "./engines/engine.ts";
import type { JobFailure } from "./protocol.ts";

/**
 * A job ends as failed, for a reason its user should read: the message becomes the job's error. Anything else that a
 * runner throws is a fault of ours or of the machine; its message is shown, too, and it is logged whole.
 */
export class JobError extends HearthError {
  override readonly name = "JobError";
  readonly errorCode: JobFailure["errorCode"];
  /** What is there after a failed apply; `undefined` leaves what is stored. */
  readonly state: Uint8Array | undefined;

  constructor(
    message: string,
    options: { cause?: unknown; errorCode?: JobFailure["errorCode"]; state?: Uint8Array | undefined } = {},
  ) {
    super(message, { cause: options.cause });
    this.errorCode = options.errorCode ?? "";
    this.state = options.state;
  }
}

/** An engine could not do what was asked. `state` is what is there now, for a later stop or delete. */
export class EngineError extends HearthError {
  override readonly name = "EngineError";
  readonly state: EngineState | undefined;

  constructor(message: string, options: { cause?: unknown; state?: EngineState | undefined } = {}) {
    super(message, { cause: options.cause });
    this.state = options.state;
  }
}
