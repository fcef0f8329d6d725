/** What is written: older words are only ever read from clients. */
export type Status = "waiting" | "running" | "interrupting" | "requires_action" | "error";

/** The execution states; one with a digit says whether nothing waits in the queue. @see spec/chat.md §4.1 */
export const states = ["W", "R0", "R1", "I0", "I1", "A0", "A1", "E0", "E1", "XW", "XE0", "XE1"] as const;
export type State = (typeof states)[number];

/** What the state of a chat is a function of. */
export interface StateFacts {
  readonly status: Status;
  readonly archived: boolean;
  readonly queue: readonly unknown[];
}

/** The state of a chat, `invalid` for what no transition leads to. Pure. */
export function stateOf({ status, archived, queue }: StateFacts): State | "invalid" {
  const waits = queue.length > 0 ? "1" : "0";
  switch (status) {
    case "waiting":
      return waits === "1" ? "invalid" : archived ? "XW" : "W";
    case "error":
      return archived ? `XE${waits}` : `E${waits}`;
    case "running":
      return archived ? "invalid" : `R${waits}`;
    case "interrupting":
      return archived ? "invalid" : `I${waits}`;
    case "requires_action":
      return archived ? "invalid" : `A${waits}`;
  }
}

/** Whether somebody must work on a chat in this state. */
export function isRunnable({ status, archived }: Pick<StateFacts, "status" | "archived">): boolean {
  return !archived && (status === "running" || status === "interrupting" || status === "requires_action");
}
