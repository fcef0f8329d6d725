import type { ValidationError } from "./schemas/common.ts";
import { errorCodes, type ErrorCode } from "./error-codes.ts";

/** What a refusal says beside its code and sentence. */
export interface ApiErrorOptions {
  cause?: unknown;
  /** Technical, one line: shown below the message. */
  detail?: string | undefined;
  validations?: readonly ValidationError[] | undefined;
  /** Where the status is not the code's own (an answer of a server that is newer than this client). */
  status?: number | undefined;
}

/**
 * What a caller did wrong or may see: thrown by the server's capabilities, and by the client for every refusal.
 * Anything else that reaches the edge is a bug and is shown as `internal` with an id.
 */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: ErrorCode;
  readonly status: number;
  readonly detail: string | undefined;
  readonly validations: readonly ValidationError[];

  constructor(code: ErrorCode, message: string, options: ApiErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.status = options.status ?? errorCodes[code].status;
    this.detail = options.detail;
    this.validations = options.validations ?? [];
  }

  /** Whether the same request may succeed later without anybody changing anything. */
  get shouldRetry(): boolean {
    return errorCodes[this.code].retry;
  }
}
