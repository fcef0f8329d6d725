import { HearthError } from "@hearth/base";
import type { Workspace } from "../schemas/workspaces.ts";

/** Which server, or as whom, is not known, or cannot be in this runtime: the message says what to set. */
export class SetupError extends HearthError {
  override readonly name = "SetupError";

  constructor(message: string, cause?: unknown) {
    super(message, { cause });
  }
}

/** What was asked for is nothing, or several: the message lists what there is. */
export class ChoiceError extends HearthError {
  override readonly name = "ChoiceError";
  /** What could have been named, as one would write it. */
  readonly choices: readonly string[];

  constructor(message: string, choices: readonly string[]) {
    super(`${message} ${choices.length === 0 ? "There is none." : `There is: ${choices.join(", ")}.`}`, {
      cause: undefined,
    });
    this.choices = choices;
  }
}

/** A workspace did not become what it was to: its build failed or was canceled, or its agent stays away. */
export class WorkspaceFailed extends HearthError {
  override readonly name = "WorkspaceFailed";
  /** As it was then; its log says more. */
  readonly workspace: Workspace;

  constructor(message: string, workspace: Workspace) {
    super(message, { cause: undefined });
    this.workspace = workspace;
  }
}
