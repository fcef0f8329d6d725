import type { ChatPart } from "../../ground/database/index.ts";
import type { NewMessage, OpenCall } from "../machine/changes.ts";

const texts = {
  cancelled: "This call was cancelled before it had a result: the conversation went on without it.",
  interrupted: "This call was interrupted before it had a result. What it may have done is not known.",
  expired: "The client did not answer this call in time.",
} as const;

/** Why a call has a result that no tool gave. */
export type WithoutResult = keyof typeof texts;

/** Results in the place of those that will not come: no provider is told of a call without one. Pure. @see spec/chat.md §4.3 */
export function syntheticResults(
  calls: readonly OpenCall[],
  why: WithoutResult,
  modelConfigId: string,
): readonly NewMessage[] {
  return calls.map(({ tool_call_id, tool_name }) => ({
    role: "tool",
    content: [{ type: "tool-result", tool_call_id, tool_name, result: { error: texts[why] }, is_error: true }],
    model_config_id: modelConfigId,
  }));
}

/** The calls among these parts that the server or the client must answer: not those that the provider ran itself. Pure. */
export function callsIn(parts: readonly ChatPart[]): OpenCall[] {
  return parts.flatMap((part) =>
    part.type === "tool-call" && part.provider_executed !== true
      ? [{ tool_call_id: part.tool_call_id, tool_name: part.tool_name, args: part.args }]
      : [],
  );
}
