import type { Changes, NewMessage, NewQueuedMessage, OpenCall, QueuedMessage } from "../changes.ts";
import { syntheticResults, type WithoutResult } from "../../messages/synthetic.ts";

/** A message of the owner, from the queue or not. */
export type OwnersMessage = NewQueuedMessage | QueuedMessage;

/**
 * Takes messages of the owner into the history, after results for the calls that have none, and sets what the next turn
 * uses. Of a model that is not usable any more the turn itself takes the default. Pure.
 */
export function intoHistory(
  message: OwnersMessage,
  { openCalls, lastModelConfigId }: { readonly openCalls: readonly OpenCall[]; readonly lastModelConfigId: string },
  why: WithoutResult = "cancelled",
): Pick<Changes, "insert" | "modelConfigId" | "reasoningEffort" | "planMode" | "mcpServerIds"> {
  const modelConfigId = message.model_config_id ?? lastModelConfigId;
  return {
    insert: [...syntheticResults(openCalls, why, lastModelConfigId), asUserMessage(message, modelConfigId)],
    modelConfigId,
    ...(message.reasoning_effort === null ? {} : { reasoningEffort: message.reasoning_effort }),
    ...(message.plan_mode === null ? {} : { planMode: message.plan_mode === "plan" ? "plan" : null }),
    ...(message.mcp_server_ids === null ? {} : { mcpServerIds: message.mcp_server_ids }),
  };
}

function asUserMessage(message: OwnersMessage, modelConfigId: string): NewMessage {
  return {
    role: "user",
    content: message.content,
    created_by: message.created_by,
    model_config_id: modelConfigId,
    reasoning_effort: message.reasoning_effort,
  };
}
