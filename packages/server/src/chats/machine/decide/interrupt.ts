import { syntheticResults } from "../../messages/synthetic.ts";
import type { ChatPart } from "../../../ground/database/index.ts";
import { refusedByTable, type ChatSnapshot, type Decision } from "../changes.ts";

/** Stops what is being said, or goes on without the results that are waited for. Pure. */
export function decideInterrupt(chat: ChatSnapshot): Decision {
  const refused = refusedByTable(chat, "Interrupt");
  if (refused !== undefined) return refused;
  if (chat.status === "running") return { status: "interrupting" };
  return {
    status: "running",
    deadlineMs: null,
    insert: syntheticResults(chat.openCalls, "cancelled", chat.lastModelConfigId),
  };
}

/** The result of a tool that the client ran. */
export interface ToolResult {
  readonly tool_call_id: string;
  readonly output?: unknown;
  readonly is_error?: boolean | undefined;
}

/** Takes the results that the chat waits for: each of its calls once, and no others. Pure. @see spec/chat.md §5.7 */
export function decideToolResults(chat: ChatSnapshot, results: readonly ToolResult[]): Decision {
  const refused = refusedByTable(chat, "CompleteRequiresAction");
  if (refused !== undefined) return refused;
  const pending = new Set(chat.openCalls.map(({ tool_call_id }) => tool_call_id));
  const given = new Set<string>();
  for (const { tool_call_id: id } of results) {
    if (!pending.has(id)) return { refused: "bad_results", why: `nothing waits for the call "${id}"` };
    if (given.has(id)) return { refused: "bad_results", why: `the call "${id}" has two results` };
    given.add(id);
  }
  const missing = [...pending].find((id) => !given.has(id));
  if (missing !== undefined) return { refused: "bad_results", why: `the call "${missing}" has no result` };
  return {
    status: "running",
    deadlineMs: null,
    insert: chat.openCalls.map(({ tool_call_id, tool_name }) => {
      const result = results.find((each) => each.tool_call_id === tool_call_id);
      const part: ChatPart = {
        type: "tool-result",
        tool_call_id,
        tool_name,
        result: result?.output ?? null,
        ...(result?.is_error === true ? { is_error: true } : {}),
      };
      return { role: "tool", content: [part], model_config_id: chat.lastModelConfigId };
    }),
  };
}
