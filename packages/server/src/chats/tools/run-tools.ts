import type { ChatPart } from "../../ground/database/index.ts";
import type { OpenCall } from "../machine/index.ts";
import { capResult } from "./cap-result.ts";
import { ToolError, type ChatTool, type ToolRun } from "./tool.ts";

/** The result of a call as it is stored. */
export type ResultPart = Extract<ChatPart, { type: "tool-result" }>;

/**
 * Runs one call. It never fails: what goes wrong is a result that the model is told.
 * @see spec/chat.md §7.4, §9.2
 */
export async function runCall(
  tools: readonly ChatTool[],
  call: OpenCall,
  run: Omit<ToolRun, "toolCallId">,
  { maxBytes, onFault }: { readonly maxBytes: number; readonly onFault: (error: unknown, tool: string) => void },
): Promise<ResultPart> {
  const { tool_call_id, tool_name } = call;
  const told = (result: unknown, isError: boolean): ResultPart => ({
    type: "tool-result",
    tool_call_id,
    tool_name,
    result,
    ...(isError ? { is_error: true } : {}),
  });
  try {
    const tool = tools.find(({ name }) => name === tool_name);
    if (tool === undefined) throw new ToolError("unknown_tool", `There is no tool "${tool_name}".`);
    const args = readArgs(tool, call.args);
    const result = await tool.run(args as never, { ...run, toolCallId: tool_call_id }); // what its schema gave
    return told(capResult(result, maxBytes), false);
  } catch (error) {
    if (error instanceof ToolError) return told({ error: `[${error.code}] ${error.message}` }, true);
    // Whatever it was, the model learns no addresses, statements or stacks.
    onFault(error, tool_name);
    return told({ error: `[internal] The tool "${tool_name}" failed.` }, true);
  }
}

function readArgs(tool: ChatTool, given: unknown): unknown {
  const parsed = tool.args.safeParse(given ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join(".") ?? "";
  throw new ToolError(
    "bad_arguments",
    `${field === "" ? "The arguments" : `"${field}"`}: ${issue?.message ?? "not valid"}`,
  );
}
