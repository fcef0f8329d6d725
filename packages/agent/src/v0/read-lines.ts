import { isUtf8 } from "node:buffer";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { messageOf } from "@hearth/base";
import { shortLine } from "#v0/head-tail.ts";
import { truncateUtf8 } from "#v0/truncate-utf8.ts";

export interface LineOptions {
  /** The first line, from 1. */
  readonly offset: number;
  readonly limit: number;
}

/** What somebody who reads line by line is told; what cannot be read says why. */
export type LinesAnswer =
  | {
      readonly success: true;
      readonly content: string;
      readonly file_size: number;
      readonly total_lines: number;
      readonly lines_read: number;
    }
  | { readonly success: false; readonly error: string };

const mostFileBytes = 10 * 1024 * 1024;
const longestLineBytes = 1024;
const mostAnswerBytes = 256 * 1024;
const sniffBytes = 8 * 1024;

/** Numbered lines of a text file. Fewer than were asked for where the answer would be too long. @see chat §9.8 */
export async function readLines(path: string, options: LineOptions): Promise<LinesAnswer> {
  try {
    // Without waiting for who writes, should it be a pipe.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await file.stat();
    if (!stats.isFile()) return no(`not a file: ${path}`);
    if (stats.size > mostFileBytes) {
      return no(`file is too large: ${path} has ${stats.size} bytes, at most ${mostFileBytes} are read by lines`);
    }
    const bytes = await file.readFile();
    if (isBinary(bytes)) return no(`not a text file: ${path} has ${bytes.length} bytes of binary data`);
    return numberLines(bytes.toString("utf8"), bytes.length, options);
  } catch (error) {
    return no(messageOf(error));
  }
}

/** Pure. What follows the last newline counts as a line, even when it is empty; an empty file has none. */
export function numberLines(text: string, fileBytes: number, { offset, limit }: LineOptions): LinesAnswer {
  const lines = text === "" ? [] : text.split("\n");
  if (offset > Math.max(1, lines.length)) {
    return no(`offset ${offset} is beyond the file length of ${lines.length} lines`);
  }
  const shown: string[] = [];
  let bytes = 0;
  for (const line of lines.slice(offset - 1, offset - 1 + limit)) {
    const numbered = `${offset + shown.length}\t${shortLine(line, longestLineBytes)}`;
    bytes += Buffer.byteLength(numbered) + 1;
    if (bytes > mostAnswerBytes) break;
    shown.push(numbered);
  }
  const content = shown.join("\n");
  return { success: true, content, file_size: fileBytes, total_lines: lines.length, lines_read: shown.length };
}

function isBinary(bytes: Buffer): boolean {
  const start = bytes.subarray(0, sniffBytes);
  if (start.includes(0)) return true;
  // The end of the piece may be in the middle of a character, that of the file may not.
  return !isUtf8(start) && (start.length === bytes.length || truncateUtf8(start).includes("\ufffd"));
}

function no(error: string): LinesAnswer {
  return { success: false, error };
}
