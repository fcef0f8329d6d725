import type { CommandErrorCode } from "../schemas/commands.ts";

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
