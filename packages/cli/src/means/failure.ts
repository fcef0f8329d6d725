export interface FailureOptions {
  cause?: unknown;
  /** Shown below the message, one line each. */
  details?: readonly string[] | undefined;
  /** What to do about it: a sentence or a command line. */
  hint?: string | undefined;
}

/** Something did not work, and not because of a bug of ours: shown as its message, without a stack. Ends with 1. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly details: readonly string[];
  readonly hint: string | undefined;

  constructor(message: string, { cause, details = [], hint }: FailureOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.details = details;
    this.hint = hint;
  }
}

/** The command line makes no sense. Ends with 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly hint: string | undefined;

  constructor(message: string, { hint }: { hint?: string } = {}) {
    super(message);
    this.hint = hint;
  }
}

/** What may end a program from outside, and is passed on to what it runs elsewhere. */
export type EndSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** The user asked to stop: Ctrl-C, also inside a question. Ends with 130, quietly. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  /** How it was asked. */
  readonly signal: EndSignal;

  constructor(message = "Interrupted.", signal: EndSignal = "SIGINT") {
    super(message);
    this.signal = signal;
  }
}
