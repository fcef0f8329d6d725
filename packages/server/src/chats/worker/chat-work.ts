import type { Logger } from "@hearth/base";
import type { Context } from "../../access/index.ts";
import type { RowOf } from "../../ground/database/index.ts";
import type { ChatLimits } from "../limits.ts";
import type { ChatSnapshot, Decision } from "../machine/index.ts";
import type { ChangeGrant } from "../store/apply.ts";
import type { ChatRecord, messageColumns } from "../store/rows.ts";
import type { StoreDeps, Transitioned } from "../store/transition.ts";
import type { ChatTool } from "../tools/tool.ts";
import type { Episodes } from "./episodes.ts";
import type { Models } from "./models.ts";

export type HistoryRow = RowOf<typeof messageColumns>;

export interface WorkDeps extends StoreDeps {
  readonly log: Logger;
  readonly limits: ChatLimits;
  readonly episodes: Episodes;
  readonly models: Models;
  readonly tools: readonly ChatTool[];
}

/**
 * One task's hold of its chat: what is known of it, and the only way to write it. Everything that it writes is fenced by
 * the point that the task was started for.
 */
export interface ChatWork {
  /** Ends with the task. */
  readonly ctx: Context;
  readonly granted: ChangeGrant;
  /** As it was read or written last. */
  readonly record: ChatRecord;
  /** Whether the attempt that comes next is written down already. */
  readonly isAttemptRecorded: boolean;
  /** The owner, with the rights of now, or of a minute ago where nothing was said of them; undefined: may not come in any more. */
  owner(): Promise<Context | undefined>;
  /** What the model is told, read once and kept. */
  history(): Promise<readonly HistoryRow[]>;
  /** @throws FenceLost, TransitionRefused: the task is over */
  transition(
    decide: (chat: ChatSnapshot) => Decision,
    options?: { watch?: "status_change" | "action_required" },
  ): Promise<Transitioned>;
}
