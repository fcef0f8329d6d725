import { isUtf8 } from "node:buffer";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { Refusal } from "#api/refusal.ts";

/** A file that is edited as a whole is held as a whole. */
const mostBytes = 10 * 1024 * 1024;

/** A file as text. @throws Refusal `is_a_directory`, `not_a_file`, `too_large`, `not_text`; the system's error */
export async function readText(path: string): Promise<string> {
  // Without waiting for who writes, should it be a pipe.
  await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const stats = await file.stat();
  if (stats.isDirectory()) throw new Refusal(409, "is_a_directory", `${path} is a directory.`);
  if (!stats.isFile()) throw new Refusal(409, "not_a_file", `${path} is no file.`);
  if (stats.size > mostBytes) {
    throw new Refusal(413, "too_large", `${path} has ${stats.size} bytes: more than the ${mostBytes} that are edited.`);
  }
  const bytes = await file.readFile();
  if (!isUtf8(bytes)) throw new Refusal(409, "not_text", `${path} is no UTF-8 text.`);
  return bytes.toString("utf8");
}
