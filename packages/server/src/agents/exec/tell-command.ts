import { Scope } from "@hearth/base";
import { ApiError } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import { CommandError, type Command } from "@hearth/sdk/commands";
import type { EventStream } from "../../ground/http/index.ts";
import { OutputText } from "./output-text.ts";

/** How a command ended, and how many bytes it said until then: those that were dropped count as well. */
export interface ToldExit extends api.CommandExit {
  readonly outputBytes: number;
}

/**
 * Feeds a command its input and tells what comes of it as events: `started`, `stdout` and `stderr` in their order, then
 * `exit`, or `error` with the agent's code; pings in between. Whoever reads slowly holds the command back. Resolves with
 * the exit; undefined after an error, and when the stream has ended before. @see docs/commands.md
 */
export async function tellCommand(
  stream: EventStream,
  command: Command,
  input: Uint8Array | undefined,
): Promise<ToldExit | undefined> {
  using over = new Scope();
  const beside = Promise.all([
    stream.keepAlive(over.signal),
    input === undefined ? undefined : feedCommand(command, input),
  ]);
  try {
    return await tell(stream, command);
  } catch (error) {
    // Who left hears nothing more; who may not go on has been told.
    if (!stream.signal.aborted) await stream.send("error", toErrorEvent(error));
    return undefined;
  } finally {
    over.end();
    await beside;
  }
}

async function tell(stream: EventStream, command: Command): Promise<ToldExit> {
  let outputBytes = 0;
  const texts = { stdout: new OutputText(), stderr: new OutputText() };
  await stream.send("started", await command.started);
  for await (const output of command.output) {
    if (output.from === "dropped") {
      outputBytes += output.droppedBytes;
      await stream.send("dropped", { bytes: output.droppedBytes });
      continue;
    }
    outputBytes += output.bytes.length;
    const piece = texts[output.from].push(output.bytes);
    if (piece !== undefined) await stream.send(output.from, piece);
  }
  for (const from of ["stdout", "stderr"] as const) {
    const rest = texts[from].end();
    if (rest !== undefined) await stream.send(from, rest);
  }
  const exit = await command.exit;
  await stream.send("exit", exit);
  return { ...exit, outputBytes };
}

function toErrorEvent(error: unknown): { code: string; message: string } {
  if (error instanceof CommandError || error instanceof ApiError) return { code: error.code, message: error.message };
  throw error;
}

/** Gives a command its input as fast as it takes it, and the end. That it reads no more is no fault. */
async function feedCommand(command: Command, input: Uint8Array): Promise<void> {
  const writer = command.stdin.getWriter();
  try {
    await writer.write(input);
    await writer.close();
  } catch {
    // It has ended, and how is told by its exit.
  }
}
