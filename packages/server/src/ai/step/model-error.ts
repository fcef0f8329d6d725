/** What went wrong with a model, in the words of chats. @see spec "AI chat" §7.3 */
export interface ModelError {
  /** For people: what happened, and what to do. */
  readonly message: string;
  /** What the provider said, without anything secret. */
  readonly detail?: string;
  readonly kind: ModelErrorKind;
  /** The word of the provider's type. */
  readonly provider?: string;
  readonly retryable: boolean;
  readonly status_code?: number;
}

export type ModelErrorKind =
  | "generic"
  | "overloaded"
  | "rate_limit"
  | "timeout"
  | "stream_silence_timeout"
  | "auth"
  | "config"
  | "usage_limit"
  | "missing_key"
  | "provider_disabled"
  | "content_filter";

/** There is no model for a turn, or no key for it. */
export class ModelUnavailable extends Error {
  override readonly name = "ModelUnavailable";
  readonly error: ModelError;

  constructor(error: ModelError) {
    super(error.message);
    this.error = error;
  }
}

/** What the loop does something special about. */
export type FailureReason = "context_length" | "empty";

/** A model did not answer, or not to the end. Has no cause: those of providers hold prompts and keys. */
export class StepFailed extends Error {
  override readonly name = "StepFailed";
  readonly error: ModelError;
  readonly reason: FailureReason | undefined;
  /** What the provider asks to be waited for before the next try, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor({ error, reason, retryAfterMs }: Failure) {
    super(error.message);
    this.error = error;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

export interface Failure {
  readonly error: ModelError;
  readonly reason?: FailureReason | undefined;
  readonly retryAfterMs?: number | undefined;
}
