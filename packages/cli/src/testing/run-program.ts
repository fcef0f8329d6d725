import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { Captured } from "./captured-run.ts";

/** Runs a program to its end; 128 and the signal's number is not told apart from a status of its own. */
export async function runProgram(
  file: string,
  args: readonly string[],
  {
    input = "",
    env = {},
    isAlone = false,
    cwd,
  }: {
    input?: string;
    env?: Readonly<Record<string, string>>;
    /** With nothing of our environment. @default false */
    isAlone?: boolean;
    cwd?: string;
  } = {},
): Promise<Captured> {
  const child = spawn(file, args, {
    env: isAlone ? env : { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  // A program that ends without reading what it is given is no fault of the test's.
  child.stdin.on("error", () => undefined).end(input);
  const [stdout, stderr, ended] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  const [status] = ended as [number | null];
  return { status: status ?? -1, stdout, stderr };
}
