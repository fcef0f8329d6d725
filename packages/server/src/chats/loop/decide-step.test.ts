import { expect, test } from "vitest";
import type { ChatPart } from "../../ground/database/index.ts";
import { decideNextStep, type HistoryMessage, type Step } from "./decide-step.ts";

let nextId = 0;
function message(role: HistoryMessage["role"], ...content: ChatPart[]): HistoryMessage {
  return { id: ++nextId, role, content, created_by: role === "user" ? "owner" : null };
}
const text = (value: string): ChatPart => ({ type: "text", text: value });
const call = (id: string, name = "local", more: object = {}): ChatPart => ({
  type: "tool-call",
  tool_call_id: id,
  tool_name: name,
  args: { of: id },
  ...more,
});
const result = (id: string): ChatPart => ({ type: "tool-result", tool_call_id: id, tool_name: "local", result: 1 });
const hello = () => message("user", text("hello"));

test.for<[what: string, history: HistoryMessage[], next: Step["next"]]>([
  ["asks the model when the owner has spoken", [hello()], "ask-model"],
  ["asks it after the server's own words too", [message("system", text("be kind")), hello()], "ask-model"],
  ["rests when the model has answered", [hello(), message("assistant", text("hi"))], "finish"],
  ["runs what the model calls", [hello(), message("assistant", text("so"), call("1"))], "run-tools"],
  [
    "asks the model when all results are there",
    [hello(), message("assistant", call("1")), message("tool", result("1"))],
    "ask-model",
  ],
  [
    "runs what has no result yet",
    [hello(), message("assistant", call("1"), call("2")), message("tool", result("1"))],
    "run-tools",
  ],
  ["waits for the client's tools", [hello(), message("assistant", call("1", "dynamic"))], "require-action"],
  [
    "runs its own before it waits for the client's",
    [hello(), message("assistant", call("1", "dynamic"), call("2"))],
    "run-tools",
  ],
  [
    "leaves alone what the provider ran itself",
    [hello(), message("assistant", call("1", "web", { provider_executed: true }), text("so"))],
    "finish",
  ],
  [
    "goes on after the calls of an earlier turn were cancelled",
    [hello(), message("assistant", call("1")), message("tool", result("1")), hello()],
    "ask-model",
  ],
  [
    "stops at the limit of steps",
    [
      hello(),
      message("assistant", call("1")),
      message("tool", result("1")),
      message("assistant", call("2")),
      message("tool", result("2")),
    ],
    "stop-at-limit",
  ],
])("a chat %s", ([, history, next]) => {
  const step = decideNextStep(history, { dynamicTools: new Set(["dynamic"]), maxSteps: 2 });
  expect(step.next).toBe(next);
});

test("calls come in their order, with what they were called with", () => {
  const answer = message("assistant", call("1"), call("2", "dynamic"), call("3"));
  expect(decideNextStep([hello(), answer], { dynamicTools: new Set(["dynamic"]), maxSteps: 9 })).toEqual({
    next: "run-tools",
    messageId: answer.id,
    calls: [
      { tool_call_id: "1", tool_name: "local", args: { of: "1" } },
      { tool_call_id: "3", tool_name: "local", args: { of: "3" } },
    ],
  });
});
