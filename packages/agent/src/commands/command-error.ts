/** Why a command was not begun, or is not followed. @see docs/commands.md */
export type CommandErrorCode =
  | "bad_request"
  | "command_not_found"
  | "not_executable"
  | "bad_directory"
  | "no_such_process"
  | "too_many"
  | "not_ready"
  | "transfer_blocked"
  | "failed";

/** A refusal that the client is told, in words for whoever asked. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly code: CommandErrorCode;

  constructor(code: CommandErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
