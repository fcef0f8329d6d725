import type { Status } from "../machine/index.ts";

/** What is known of a chat's execution, by whom it was written. */
export interface ChatState {
  readonly snapshotVersion: number;
  readonly historyVersion: number;
  readonly status: Status;
  readonly archived: boolean;
  readonly workerId: string | null;
  readonly runnerId: string | null;
}

/** What a chat that runs needs somebody to do. */
export type TaskKind = "generation" | "interrupt" | "deadline";

/** What a runner does about what it hears. */
export type Reaction = "nothing" | "remember" | "leave" | { readonly start: TaskKind };

/**
 * What a runner does when it hears of its chat. Pure. @see spec/chat.md §6.4
 *
 * - What is not newer than what it has seen is nothing.
 * - A chat that somebody else has, or that rests, is left.
 * - The same status at the same history: whatever goes on there goes on.
 * - Anything else: the task of the new state, in the place of the old one.
 */
export function decideEvent(
  seen: ChatState | undefined,
  me: { readonly workerId: string; readonly runnerId: string },
  heard: ChatState,
): Reaction {
  if (seen !== undefined && heard.snapshotVersion <= seen.snapshotVersion) return "nothing";
  if (heard.workerId !== me.workerId || heard.runnerId !== me.runnerId || heard.archived) return "leave";
  if (seen?.status === heard.status && seen.historyVersion === heard.historyVersion) return "remember";
  switch (heard.status) {
    case "running":
      return { start: "generation" };
    case "interrupting":
      return { start: "interrupt" };
    case "requires_action":
      return { start: "deadline" };
    case "waiting":
    case "error":
      return "leave";
  }
}
