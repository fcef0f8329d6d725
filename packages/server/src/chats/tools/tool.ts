import { z } from "zod";
import type { Context } from "../../access/index.ts";
import type { ChatRow } from "../store/rows.ts";

/** What a tool is told beside its arguments. */
export interface ToolRun {
  /** The owner's, with the owner's rights and no others; its signal aborts when the result is not wanted any more. */
  readonly ctx: Context;
  readonly chat: ChatRow;
  /** The message that holds the call, and the call's own id: with the chat they name this call for ever. */
  readonly messageId: number;
  readonly toolCallId: string;
}

/** What a model can call. */
export interface ChatTool {
  readonly name: string;
  readonly description: string;
  /** Of an object; unknown fields are left out. */
  readonly args: z.ZodObject;
  /** The result as JSON. What it throws is told to the model as an error: an {@link ToolError} in its words. */
  run(args: never, run: ToolRun): Promise<unknown>;
}

/** A tool of these arguments, with the types of what it runs on. */
export function defineTool<Args extends z.ZodObject>(tool: {
  readonly name: string;
  readonly description: string;
  readonly args: Args;
  readonly run: (args: z.output<Args>, run: ToolRun) => Promise<unknown>;
}): ChatTool {
  return tool;
}

/** What a tool says to the model in the place of a result. */
export class ToolError extends Error {
  override readonly name = "ToolError";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** What a tool takes, as a model is told. */
export function schemaOf(tool: ChatTool): Readonly<Record<string, unknown>> {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(tool.args, { io: "input" });
  return schema;
}
