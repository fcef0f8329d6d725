/** Why a command could not be started or followed; a newer agent may have more. */
export const commandErrorCodes = [
  "command_not_found",
  "not_executable",
  "bad_directory",
  "bad_request",
  "no_such_process",
  "too_many",
  "not_ready",
  "transfer_blocked",
  "failed",
] as const;
/** One of {@link commandErrorCodes}. */
export type CommandErrorCode = (typeof commandErrorCodes)[number];

/** Why nothing more comes of a command: the agent's own word, or that the connection to it was lost. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  /** `command_not_found`, `bad_directory`, … or `connection_lost`; of a newer agent perhaps another word. */
  readonly code: CommandErrorCode | "connection_lost" | (string & {});

  constructor(code: CommandError["code"], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
