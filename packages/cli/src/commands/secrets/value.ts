import { readFile } from "node:fs/promises";
import path from "node:path";
import { messageOf } from "@hearth/base";
import { z } from "zod";
import { Failure, UsageError } from "#means/failure.ts";
import type { Means } from "#means/means.ts";

/** Far above what a server keeps: its own refusal says the limit. */
const mostBytes = 1024 * 1024;

/** Where a secret's value comes from. What stands in a command line is seen by others of the machine, and kept by shells. */
export const valueOptions = {
  value: z.string().optional().meta({ description: "the value; others may see it in the list of processes" }),
  valueFile: z.string().optional().meta({ value: "path", description: "file with the value; - is standard input" }),
} as const;

export interface ValueInput {
  readonly value: string | undefined;
  readonly valueFile: string | undefined;
}

/**
 * The value that was given in one of the ways; undefined when in none. What is read is taken as it is, but for one end of
 * line at the end, which `echo` and editors put there.
 * @throws UsageError when it was given twice, Failure when it cannot be read
 */
export async function givenValue({ value, valueFile }: ValueInput, means: Means): Promise<string | undefined> {
  if (value !== undefined && valueFile !== undefined) throw new UsageError("give --value or --value-file, not both");
  if (value !== undefined || valueFile === undefined) return value;
  if (valueFile === "-") return await readPiped(means);
  try {
    return withoutLastLineEnd(await readFile(path.resolve(means.cwd, valueFile)));
  } catch (error) {
    throw new Failure(`The value cannot be read from ${valueFile}.`, { cause: error, details: [messageOf(error)] });
  }
}

/** What comes over standard input, until it ends. */
export async function readPiped({ terminal }: Means): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of terminal.stdin as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new Failure("Standard input has more than any secret may have.");
    chunks.push(chunk);
  }
  return withoutLastLineEnd(Buffer.concat(chunks));
}

function withoutLastLineEnd(bytes: Buffer): string {
  return bytes.toString("utf8").replace(/\r?\n$/, "");
}
