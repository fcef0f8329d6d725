import { ApiError } from "@hearth/sdk";
import type * as api from "@hearth/sdk";

const mebibyte = 1024 * 1024;
const maxInputBytes = mebibyte;
/** Input as base64, and as much again for a command line and its environment. */
export const maxExecBodyBytes = 3 * mebibyte;

/** What to start, and what it is fed at once; undefined: nothing. */
export interface ExecInput {
  readonly request: api.CommandStart;
  readonly input: Uint8Array | undefined;
}

/** @throws ApiError `validation_failed` for what contradicts itself, `too_large` for more than 1 MiB of input */
export function readExec({ stdin_text: text, stdin_base64: base64, ...start }: api.ExecRequest): ExecInput {
  requireOneCommand(start);
  if (text !== undefined && base64 !== undefined) refuse("stdin_base64", "give this or stdin_text, not both");
  const input =
    text === undefined && base64 === undefined
      ? undefined
      : Buffer.from(text ?? base64 ?? "", text === undefined ? "base64" : "utf8");
  if ((input?.length ?? 0) > maxInputBytes) {
    throw new ApiError("too_large", "The input of a command is at most 1 MiB here: feed more over …/exec/ws.");
  }
  return { request: { ...start, stdin: input !== undefined }, input };
}

/** @throws ApiError `validation_failed` where not exactly one of argv and shell is given */
export function requireOneCommand({ argv, shell }: Pick<api.CommandStart, "argv" | "shell">): void {
  if ((argv === undefined) === (shell === undefined)) refuse("argv", "give either argv or shell, and one of them");
}

function refuse(field: string, detail: string): never {
  throw new ApiError("validation_failed", "Validation failed.", { validations: [{ field, detail }] });
}
