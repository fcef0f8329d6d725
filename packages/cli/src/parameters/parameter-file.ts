import { readFile } from "node:fs/promises";
import { messageOf } from "@hearth/base";
import { z } from "zod";
import { Failure } from "#means/failure.ts";

const Values = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]));

/**
 * The values of a YAML or JSON file that maps names to values, as the API takes them: all texts, lists as JSON.
 * @throws Failure when the file cannot be read, or holds something else.
 */
export async function readValuesFile(file: string): Promise<Map<string, string>> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new Failure(`The file ${file} cannot be read.`, { cause: error, details: [messageOf(error)] });
  }
  // Read when it is needed: few commands are given a file.
  const { parse } = await import("yaml");
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    throw new Failure(`The file ${file} is no YAML.`, { cause: error, details: [messageOf(error)] });
  }
  const values = Values.safeParse(content ?? {});
  if (!values.success) throw new Failure(`The file ${file} does not map names to values, line by line like "cpus: 2".`);
  return new Map(
    Object.entries(values.data).map(([name, value]) => [
      name,
      Array.isArray(value) ? JSON.stringify(value) : String(value),
    ]),
  );
}
