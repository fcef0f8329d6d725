import { HearthError } from "@hearth/base";

/** A program with its arguments as they are, or a line for the user's shell. */
export type CommandLine = string | readonly string[];

/** How a command ended. */
export interface ExitStatus {
  /** By a signal: 128 and its number. */
  readonly exitCode: number;
  /** `SIGTERM`, … where one ended it. */
  readonly signal: string | null;
}

/** What a command said, and how it ended. */
export interface ExecResult extends ExitStatus {
  readonly stdout: string;
  readonly stderr: string;
  /** How many bytes of both are not in the texts. */
  readonly droppedBytes: number;
}

/** A command ended with another exit code than 0, and `check` was asked for. */
export class ExecFailed extends HearthError {
  override readonly name = "ExecFailed";
  /** What it said, and how it ended. */
  readonly result: ExecResult;

  constructor(line: CommandLine, result: ExecResult) {
    const what = typeof line === "string" ? line : line.join(" ");
    const how = result.signal === null ? `with exit code ${result.exitCode}` : `by ${result.signal}`;
    const last = result.stderr.trim().split("\n").at(-1) ?? "";
    super(`"${what}" ended ${how}${last === "" ? "." : `: ${last}`}`, { cause: undefined });
    this.result = result;
  }
}
