import type { State } from "./states.ts";

/** Where a transition may lead from each state that allows it. */
type Ways = Readonly<Partial<Record<State | "N" | "invalid", readonly State[]>>>;

/**
 * The closed table of transitions: what is not in it is refused. `decide/` carries each out, and a test holds what they do
 * in every state against this. @see spec/chat.md §4.2
 */
export const transitions = {
  Create: { N: ["R0"] },
  SendMessage: {
    W: ["R0"],
    E0: ["R0"],
    E1: ["R1"],
    R0: ["R1"],
    R1: ["R1"],
    I0: ["I1"],
    I1: ["I1"],
    A0: ["A1"],
    A1: ["A1"],
  },
  SendInterrupting: {
    W: ["R0"],
    E0: ["R0"],
    E1: ["R1"],
    R0: ["I1"],
    R1: ["I1"],
    I0: ["I1"],
    I1: ["I1"],
    // With nothing in the queue the message itself goes first, and nothing waits behind it.
    A0: ["R0"],
    A1: ["R1"],
  },
  EditMessage: {
    W: ["R0"],
    E0: ["R0"],
    E1: ["R0"],
    R0: ["R0"],
    R1: ["R0"],
    I0: ["R0"],
    I1: ["R0"],
    A0: ["R0"],
    A1: ["R0"],
  },
  DeleteQueuedMessage: { E1: ["E0", "E1"], R1: ["R0", "R1"], I1: ["I0", "I1"], A1: ["A0", "A1"] },
  PromoteQueuedMessage: { E1: ["R0", "R1"], R1: ["I1"], I1: ["I1"], A1: ["R0", "R1"] },
  Interrupt: { R0: ["I0"], R1: ["I1"], A0: ["R0"], A1: ["R1"] },
  CompleteRequiresAction: { A0: ["R0"], A1: ["R1"] },
  Archive: { W: ["XW"], E0: ["XE0"], E1: ["XE1"] },
  Unarchive: { XW: ["W"], XE0: ["E0"], XE1: ["E1"] },
  ReconcileInvalid: { invalid: ["E0", "E1"] },
  RecordAttempt: { R0: ["R0"], R1: ["R1"] },
  RecordRetry: { R0: ["R0"], R1: ["R1"] },
  CommitStep: { R0: ["R0"], R1: ["R1"] },
  EnterRequiresAction: { R0: ["A0"], R1: ["A1"] },
  FinishTurn: { R0: ["W"], R1: ["R0", "R1"] },
  FinishError: { W: ["E0"], R0: ["E0"], R1: ["E1"] },
  FinishInterruption: { I0: ["W"], I1: ["R0", "R1"] },
  CancelRequiresAction: { A0: ["R0"], A1: ["R1"] },
} as const satisfies Readonly<Record<string, Ways>>;

export type Transition = keyof typeof transitions;

/** Whether the table allows the transition from this state. */
export function isAllowed(transition: Transition, from: State | "N" | "invalid"): boolean {
  const ways: Ways = transitions[transition];
  return ways[from] !== undefined;
}
