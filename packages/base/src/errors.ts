export interface HearthErrorOptions {
  /** What led to it; `undefined` only where nothing did. */
  cause: unknown;
  /** Whether the same call may succeed later. @default false */
  shouldRetry?: boolean;
}

/**
 * The base of errors that leave a library of ours: each says for itself whether another try makes sense, so that no
 * caller matches text. The message says what happened, to which thing, and what to do.
 */
export class HearthError extends Error {
  override readonly name: string = "HearthError";
  readonly shouldRetry: boolean;

  constructor(message: string, { cause, shouldRetry = false }: HearthErrorOptions) {
    super(message, cause === undefined ? undefined : { cause });
    this.shouldRetry = shouldRetry;
  }
}

/** What an error says about another try: its own `shouldRetry`, and true for errors that do not say. */
export function isRetryable(error: unknown): boolean {
  if (typeof error !== "object" || error === null || !("shouldRetry" in error)) return true;
  return error.shouldRetry !== false;
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
