import { ApiError, errorCodes, type ErrorCode } from "@hearth/sdk";
import { isDiskFull, isUnreachable } from "../database/index.ts";

export interface ErrorBody {
  message: string;
  detail?: string;
  validations?: { field: string; detail: string }[];
  code: ErrorCode;
}

/** What a caller sees of an error. A bug shows its id and nothing else; whoever runs the server finds it in the log. */
export function toErrorBody(error: unknown, requestId: string): { status: number; body: ErrorBody; isBug: boolean } {
  if (error instanceof ApiError) {
    return {
      status: error.status,
      isBug: false,
      body: {
        message: error.message,
        ...(error.detail === undefined ? {} : { detail: error.detail }),
        ...(error.validations.length === 0 ? {} : { validations: [...error.validations] }),
        code: error.code,
      },
    };
  }
  // No bugs of ours; whoever runs the server finds them in the log all the same.
  if (isDiskFull(error)) return outage("insufficient_storage", "The database has no room left: nothing was changed.");
  if (isUnreachable(error)) return outage("unavailable", "The database cannot be reached: try again in a moment.");
  return {
    status: 500,
    isBug: true,
    body: {
      message: "An internal server error occurred.",
      detail: `Quote this id when you report it: ${requestId}`,
      code: "internal",
    },
  };
}

function outage(code: ErrorCode, message: string): { status: number; body: ErrorBody; isBug: boolean } {
  return { status: errorCodes[code].status, body: { message, code }, isBug: true };
}
