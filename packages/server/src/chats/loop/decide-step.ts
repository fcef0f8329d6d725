import type { ChatPart } from "../../ground/database/index.ts";
import { callsIn } from "../messages/synthetic.ts";
import type { OpenCall } from "../machine/index.ts";

/** A message of the history, as far as what comes next depends on it. */
export interface HistoryMessage {
  readonly id: number;
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly content: readonly ChatPart[];
  readonly created_by: string | null;
}

/** What a worker does next for a chat that runs. */
export type Step =
  | { readonly next: "run-tools"; readonly calls: readonly OpenCall[]; readonly messageId: number }
  | { readonly next: "require-action" }
  | { readonly next: "finish" }
  | { readonly next: "stop-at-limit" }
  | { readonly next: "ask-model" };

/**
 * The first that applies to the history since its newest boundary, oldest first. Pure. @see spec/chat.md §7.1
 */
export function decideNextStep(
  history: readonly HistoryMessage[],
  { dynamicTools, maxSteps }: { readonly dynamicTools: ReadonlySet<string>; readonly maxSteps: number },
): Step {
  const lastAnswer = history.findLast(({ role }) => role === "assistant");
  const open = lastAnswer === undefined ? [] : openCallsAfter(history, lastAnswer);
  const local = open.filter(({ tool_name }) => !dynamicTools.has(tool_name));
  if (lastAnswer !== undefined && local.length > 0) {
    return { next: "run-tools", calls: local, messageId: lastAnswer.id };
  }
  if (open.length > 0) return { next: "require-action" };
  if (history.at(-1)?.role === "assistant") return { next: "finish" };
  return stepsOfTurn(history) >= maxSteps ? { next: "stop-at-limit" } : { next: "ask-model" };
}

function openCallsAfter(history: readonly HistoryMessage[], answer: HistoryMessage): OpenCall[] {
  const answered = new Set(
    history
      .slice(history.indexOf(answer) + 1)
      .flatMap(({ content }) => content.flatMap((part) => (part.type === "tool-result" ? [part.tool_call_id] : []))),
  );
  return callsIn(answer.content).filter(({ tool_call_id }) => !answered.has(tool_call_id));
}

/** Answers of the model since the owner last spoke. */
function stepsOfTurn(history: readonly HistoryMessage[]): number {
  const lastPrompt = history.findLastIndex(({ role, created_by }) => role === "user" && created_by !== null);
  return history.slice(lastPrompt + 1).filter(({ role }) => role === "assistant").length;
}
