import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ChatError } from "@hearth/sdk";
import type { ChatPart } from "../../ground/database/index.ts";
import {
  after,
  decideArchive,
  decideAttempt,
  decideDeadline,
  decideDeleteQueued,
  decideEdit,
  decideError,
  decideFinish,
  decideInterrupt,
  decideInterrupted,
  decidePromoteQueued,
  decideReconcile,
  decideRequiresAction,
  decideRetry,
  decideSend,
  decideStep,
  decideToolResults,
  isAllowed,
  isRefusal,
  isRunnable,
  stateOf,
  states,
  transitions,
  type Changes,
  type ChatSnapshot,
  type Decision,
  type NewQueuedMessage,
  type OpenCall,
  type QueuedMessage,
  type State,
  type Transition,
} from "./index.ts";

const call: OpenCall = { tool_call_id: "call-1", tool_name: "ask" };
const model = "11111111-1111-4111-8111-111111111111";
const failed: ChatError = { kind: "generic", message: "no", retryable: false };

function said(text: string): NewQueuedMessage {
  return {
    content: [{ type: "text", text }],
    model_config_id: null,
    reasoning_effort: null,
    mcp_server_ids: null,
    plan_mode: null,
    created_by: "owner",
  };
}

function queued(id: number, text = `queued ${id}`, position = id): QueuedMessage {
  return { ...said(text), id, position };
}

/** A chat in each state; calls are open where a client must answer them. */
function chatIn(state: State, waiting: readonly QueuedMessage[] = [queued(1)]): ChatSnapshot {
  const status = {
    W: "waiting",
    R: "running",
    I: "interrupting",
    A: "requires_action",
    E: "error",
  }[state.replace("X", "")[0] ?? ""] as ChatSnapshot["status"];
  return {
    status,
    archived: state.startsWith("X"),
    queue: state.endsWith("1") ? waiting : [],
    openCalls: status === "requires_action" ? [call] : [],
    lastModelConfigId: model,
  };
}

const invalid: ChatSnapshot = { ...chatIn("R0"), archived: true };

/** What the chat is after the changes; what came into the queue has ids from here on. */
function follow(chat: ChatSnapshot, changes: Changes, nextId = 100): ChatSnapshot {
  const last = chat.queue.at(-1)?.position ?? 0;
  const enqueued = (changes.enqueue ?? []).map((message, at) => ({
    ...message,
    id: nextId + at,
    position: last + 1 + at,
  }));
  return after(chat, changes, { enqueued });
}

const limit = 20;
/** Each transition as somebody would ask for it. */
const asked: Readonly<Record<Exclude<Transition, "Create">, (chat: ChatSnapshot) => Decision>> = {
  SendMessage: (chat) => decideSend(chat, { message: said("new"), interrupts: false, queueLimit: limit }),
  SendInterrupting: (chat) => decideSend(chat, { message: said("new"), interrupts: true, queueLimit: limit }),
  EditMessage: (chat) => decideEdit(chat, { messageId: 3, message: said("new") }),
  DeleteQueuedMessage: (chat) => decideDeleteQueued(chat, chat.queue[0]?.id ?? 1),
  PromoteQueuedMessage: (chat) => decidePromoteQueued(chat, chat.queue.at(-1)?.id ?? 1),
  Interrupt: decideInterrupt,
  CompleteRequiresAction: (chat) =>
    decideToolResults(
      chat,
      chat.openCalls.map((each) => ({ ...each, output: 1 })),
    ),
  Archive: (chat) => (chat.archived ? refusedTwin(chat, "Archive") : decideArchive(chat, true)),
  Unarchive: (chat) => (chat.archived ? decideArchive(chat, false) : refusedTwin(chat, "Unarchive")),
  ReconcileInvalid: decideReconcile,
  RecordAttempt: decideAttempt,
  RecordRetry: (chat) =>
    decideRetry(chat, { attempt: 1, delay_ms: 1, error: "", retrying_at: "2026-01-01T00:00:00.000Z" }),
  CommitStep: (chat) => decideStep(chat, [{ role: "assistant", content: [], model_config_id: model }]),
  EnterRequiresAction: (chat) => decideRequiresAction(chat, 1),
  FinishTurn: (chat) => decideFinish(chat),
  FinishError: (chat) => decideError(chat, failed),
  FinishInterruption: (chat) => decideInterrupted(chat, [{ type: "text", text: "half" }]),
  CancelRequiresAction: decideDeadline,
};

/** What it is asked for already changes nothing, and so is no transition. */
function refusedTwin(chat: ChatSnapshot, transition: Transition): Decision {
  expect(decideArchive(chat, chat.archived)).toEqual(isInvalid(chat) ? expect.anything() : {});
  return { refused: "state", transition, state: stateOf(chat) };
}

const isInvalid = (chat: ChatSnapshot) => stateOf(chat) === "invalid";

describe("[chat 105] every transition from every state goes where the table says, or nowhere", () => {
  const froms = [...states, "invalid"] as const;
  test.for(Object.keys(asked).flatMap((name) => froms.map((from) => [name as keyof typeof asked, from] as const)))(
    "%s from %s",
    ([name, from]) => {
      const ways = (transitions[name] as Readonly<Record<string, readonly State[]>>)[from];
      for (const waiting of [[queued(1)], [queued(1), queued(2)]]) {
        const chat = from === "invalid" ? invalid : chatIn(from, waiting);

        const decision = asked[name](chat);

        if (ways === undefined) expect(decision).toEqual({ refused: "state", transition: name, state: from });
        else {
          expect(isRefusal(decision)).toBe(false);
          expect(ways).toContain(stateOf(follow(chat, decision as Changes)));
        }
      }
    },
  );

  test("of what is not there nothing but a creation is allowed", () => {
    expect(Object.keys(transitions).filter((name) => isAllowed(name as Transition, "N"))).toEqual(["Create"]);
  });
});

/** The texts and results that changes insert, in order. */
function inserted(decision: Decision): string[] {
  if (isRefusal(decision)) return [`refused: ${decision.refused}`];
  return (decision.insert ?? []).map(({ role, content }) => {
    const [part] = content;
    if (part?.type === "text") return `${role}: ${part.text}`;
    return part?.type === "tool-result"
      ? `result of ${part.tool_call_id}${part.is_error === true ? " (error)" : ""}`
      : role;
  });
}

const send = (chat: ChatSnapshot, interrupts = false) =>
  decideSend(chat, { message: said("new"), interrupts, queueLimit: limit });

test("[chat 108] what waits is said one after the other, and then the chat rests", () => {
  let chat = chatIn("R1", [queued(1, "a"), queued(2, "b")]);
  const told: [string[], string][] = [];
  for (let turn = 0; turn < 3; turn++) {
    const decision = decideFinish(chat);
    chat = follow(chat, decision as Changes);
    told.push([inserted(decision), stateOf(chat)]);
  }
  expect(told).toEqual([
    [["user: a"], "R1"],
    [["user: b"], "R0"],
    [[], "W"],
  ]);
});

test("[chat 109] a message that interrupts comes after what was said until then", () => {
  const interrupted = follow(chatIn("R0"), send(chatIn("R0"), true) as Changes);
  expect(stateOf(interrupted)).toBe("I1");

  expect(inserted(decideInterrupted(interrupted, [{ type: "text", text: "half" }]))).toEqual([
    "assistant: half",
    "user: new",
  ]);
});

test("[chat 110] a message to a chat that failed goes behind what waits, whose turn it is", () => {
  const chat = chatIn("E1", [queued(1, "a")]);
  const decision = send(chat) as Changes;

  expect(inserted(decision)).toEqual(["user: a"]);
  expect(decision).toMatchObject({
    status: "running",
    lastError: null,
    dequeue: [1],
    enqueue: [said("new")].map((m) => ({ content: m.content })),
  });
  expect(stateOf(follow(chat, decision))).toBe("R1");
});

test.for([
  ["A0", ["result of call-1 (error)", "user: new"], "R0"],
  ["A1", ["result of call-1 (error)", "user: queued 1"], "R1"],
] as const)("[chat 111] a message that interrupts %s cancels the calls", ([state, messages, to]) => {
  const decision = send(chatIn(state), true);
  expect(inserted(decision)).toEqual(messages);
  expect(stateOf(follow(chatIn(state), decision as Changes))).toBe(to);
  expect(decision).toMatchObject({ deadlineMs: null });
});

test("[chat 112] results that do not come in time are errors that the model sees", () => {
  const decision = decideDeadline(chatIn("A0"));
  expect(inserted(decision)).toEqual(["result of call-1 (error)"]);
  expect(decision).toMatchObject({ status: "running", deadlineMs: null });
});

test.for([
  [["1"], "refused: bad_results"],
  [["1", "2", "3"], "refused: bad_results"],
  [["1", "1", "2"], "refused: bad_results"],
  [["2", "1"], "result of 1"],
] as const)("[chat 113] of the calls 1 and 2 the results %j: %s", ([ids, first]) => {
  const chat = { ...chatIn("A0"), openCalls: ["1", "2"].map((id) => ({ tool_call_id: id, tool_name: "ask" })) };
  const results = ids.map((id) => ({ tool_call_id: id, output: { any: "thing" } }));
  expect(inserted(decideToolResults(chat, results))[0]).toBe(first);
});

test("[chat 114] the twenty-first that waits is refused", () => {
  const full = Array.from({ length: limit }, (_, at) => queued(at + 1));
  expect(send(chatIn("R1", full))).toEqual({ refused: "queue_full", limit });
  expect(isRefusal(send(chatIn("R1", full.slice(1))))).toBe(false);
});

test("[chat 115] what is promoted goes first once the turn has been stopped, the rest in its order", () => {
  const chat = chatIn("R1", [queued(1, "a"), queued(2, "b"), queued(3, "c")]);
  const promoted = follow(chat, decidePromoteQueued(chat, 3) as Changes);
  expect(stateOf(promoted)).toBe("I1");
  expect(promoted.queue.map(({ id }) => id)).toEqual([3, 1, 2]);
  expect(inserted(decideInterrupted(promoted, []))).toEqual(["user: c"]);
});

test("[chat 116] what is promoted in a chat that failed is said at once", () => {
  const chat = chatIn("E1", [queued(1, "a"), queued(2, "b")]);
  const decision = decidePromoteQueued(chat, 2) as Changes;
  expect(inserted(decision)).toEqual(["user: b"]);
  const now = follow(chat, decision);
  expect([stateOf(now), now.queue.map(({ id }) => id)]).toEqual(["R1", [1]]);
});

test("[chat 117] an edit empties the queue and stores nothing of what was being said", () => {
  const decision = decideEdit(chatIn("R1"), { messageId: 3, message: said("new") });
  expect(decision).toMatchObject({ status: "running", removeFrom: 3, dequeue: [1] });
  expect(inserted(decision)).toEqual(["user: new"]);
});

test("[chat 124] an impossible state becomes an error that explains itself", () => {
  for (const [queue, to] of [
    [[], "E0"],
    [[queued(1)], "E1"],
  ] as const) {
    const decision = decideReconcile({ ...invalid, queue, openCalls: [call] }) as Changes;
    expect(stateOf(follow({ ...invalid, queue }, decision))).toBe(to);
    expect(decision.lastError?.message).toContain("stopped");
    expect(inserted(decision)).toEqual(["result of call-1 (error)"]);
  }
});

test("a stopped answer keeps its calls, each with a result", () => {
  const partial: ChatPart[] = [
    { type: "text", text: "half" },
    { type: "tool-call", ...call },
    { type: "tool-call", tool_call_id: "search", tool_name: "web", provider_executed: true },
  ];
  expect(inserted(decideInterrupted(chatIn("I0"), partial))).toEqual(["assistant: half", "result of call-1 (error)"]);
});

/** What somebody does next, and with which of what waits. */
const steps = fc.array(
  fc.record({
    name: fc.constantFrom(...(Object.keys(asked) as (keyof typeof asked)[])),
    pick: fc.nat({ max: 5 }),
    calls: fc.nat({ max: 2 }),
  }),
  { maxLength: 60 },
);

test("whatever is asked for in whatever order: no call is left without a result before the owner speaks, what waits keeps its order, and nothing works in the archive", () => {
  fc.assert(
    fc.property(steps, (sequence) => {
      let chat = chatIn("R0");
      let nextId = 1;
      let calls = 0;
      for (const { name, pick, calls: howMany } of sequence) {
        const decision = decideOf(name, chat, pick, () =>
          Array.from({ length: howMany }, () => ({ type: "tool-call", tool_call_id: `c${++calls}`, tool_name: "t" })),
        );
        if (isRefusal(decision)) continue;
        let open = decision.removeFrom === undefined ? chat.openCalls : [];
        for (const message of decision.insert ?? []) {
          if (message.role === "user") expect(open).toEqual([]);
          open = follow({ ...chat, openCalls: open }, { insert: [message] }).openCalls;
        }
        const before = chat.queue.map(({ id }) => id);
        chat = follow(chat, decision, nextId);
        nextId += decision.enqueue?.length ?? 0;
        const kept = chat.queue.map(({ id }) => id).filter((id) => id !== decision.queueFirst);
        const inOrder = before.filter((id) => kept.includes(id));
        expect(kept.slice(0, inOrder.length)).toEqual(inOrder);
        expect(stateOf(chat)).not.toBe("invalid");
        expect(chat.archived && isRunnable(chat)).toBe(false);
        expect(chat.queue.length).toBeLessThanOrEqual(limit);
      }
    }),
  );
});

function decideOf(name: keyof typeof asked, chat: ChatSnapshot, pick: number, newCalls: () => ChatPart[]): Decision {
  const id = chat.queue[pick % Math.max(1, chat.queue.length)]?.id ?? 0;
  if (name === "DeleteQueuedMessage") return decideDeleteQueued(chat, id);
  if (name === "PromoteQueuedMessage") return decidePromoteQueued(chat, id);
  if (name === "FinishInterruption") return decideInterrupted(chat, newCalls());
  if (name === "Archive" || name === "Unarchive") return decideArchive(chat, name === "Archive");
  // What the worker does: results of the calls come first.
  if (name === "FinishTurn") return chat.openCalls.length === 0 ? decideFinish(chat) : {};
  if (name !== "CommitStep") return asked[name](chat);
  if (chat.openCalls.length > 0) return {};
  return decideStep(chat, [{ role: "assistant", content: newCalls(), model_config_id: model }]);
}
