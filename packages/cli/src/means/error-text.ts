import { ApiError } from "@hearth/sdk";
import { safeText } from "#output/safe-text.ts";
import { Failure, Interrupted, UsageError } from "./failure.ts";
import type { Style } from "./style.ts";

/** What is shown of an error, and the exit status that follows from it. */
export interface ErrorText {
  readonly lines: readonly string[];
  readonly exitCode: number;
}

/** Says an expected error to the user; `undefined` for anything else, which is a bug of ours. */
export function describeError(error: unknown, style: Style, serverUrl: string | undefined): ErrorText | undefined {
  if (error instanceof Interrupted) return { lines: [], exitCode: 130 };
  if (error instanceof UsageError)
    return { lines: withHint(head(error.message, style), error.hint, style), exitCode: 2 };
  if (error instanceof Failure) {
    const details = [...error.details, ...(error.cause instanceof ApiError ? detailsOf(error.cause) : [])];
    return { lines: withHint([...head(error.message, style), ...indented(details)], error.hint, style), exitCode: 1 };
  }
  if (error instanceof ApiError) {
    // Whether it cannot be reached or is not ready yet: one line says all there is to say.
    if (error.code === "unavailable") return { lines: head(error.message, style), exitCode: 1 };
    const lines = [...head(error.message, style), ...indented(detailsOf(error))];
    return { lines: withHint(lines, hintFor(error, serverUrl), style), exitCode: 1 };
  }
  return undefined;
}

function head(message: string, style: Style): string[] {
  return [`${style.red("error:")} ${safeText(message)}`];
}

function withHint(lines: readonly string[], hint: string | undefined, style: Style): string[] {
  return hint === undefined ? [...lines] : [...lines, style.dim(safeText(hint))];
}

function indented(details: readonly string[]): string[] {
  return details.flatMap((detail) => safeText(detail).split("\n")).map((line) => `  ${line}`);
}

function detailsOf(error: ApiError): string[] {
  const detail = error.detail === undefined || error.detail === "" ? [] : [error.detail];
  return [...detail, ...error.validations.map(({ field, detail: what }) => `${field}: ${what}`)];
}

function hintFor(error: ApiError, serverUrl: string | undefined): string | undefined {
  if (error.code === "workspace_name_taken") return "Choose another name; list yours with: hearth list";
  if (error.code === "name_taken") return "Choose another one.";
  switch (error.status) {
    case 401:
      return error.code === "wrong_credentials" ? undefined : `Log in with: hearth login ${serverUrl ?? "<url>"}`;
    case 429:
      return "Wait a little and try again.";
    case 500:
      return "This is a fault of the server: its log says more.";
    default:
      return undefined;
  }
}
