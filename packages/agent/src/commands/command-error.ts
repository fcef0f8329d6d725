import type { CommandErrorCode } from "@hearth/sdk/commands";

/** A refusal that the client is told, in words for whoever asked. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly code: CommandErrorCode;

  constructor(code: CommandErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
