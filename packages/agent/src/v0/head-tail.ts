import { truncateUtf8 } from "#v0/truncate-utf8.ts";

/** What was left out of an output, as the API tells it. */
export interface Truncation {
  readonly original_bytes: number;
  /** The marker in between counts, too. */
  readonly retained_bytes: number;
  readonly omitted_bytes: number;
  readonly strategy: "head_tail";
}

const headBytes = 16 * 1024;
const tailBytes = 16 * 1024;
const longestLine = 2048;
const lineMarker = "... [truncated]";

/** The first and the last 16 KiB of an output, for somebody who reads it as text. @see agents §17.2 */
export class HeadTail {
  #head = Buffer.alloc(0);
  #tail = Buffer.alloc(0);
  #total = 0;

  push(bytes: Buffer): void {
    this.#total += bytes.length;
    const toHead = bytes.subarray(0, headBytes - this.#head.length);
    if (toHead.length > 0) this.#head = Buffer.concat([this.#head, toHead]);
    // Copied: a piece of a large chunk would keep all of it.
    const rest = Buffer.concat([this.#tail, bytes.subarray(toHead.length)]);
    this.#tail = rest.length > tailBytes ? Buffer.from(rest.subarray(rest.length - tailBytes)) : rest;
  }

  /** So many bytes that nobody has any more come next. */
  skip(bytes: number): void {
    this.#total += bytes;
  }

  /** In whole characters, each line cut at 2,048 bytes. */
  read(): { output: string; truncated?: Truncation } {
    const omitted = this.#total - this.#head.length - this.#tail.length;
    if (omitted === 0) return { output: shortLines(Buffer.concat([this.#head, this.#tail]).toString("utf8")) };
    const marker = `\n\n... [omitted ${omitted} bytes] ...\n\n`;
    return {
      output: shortLines(truncateUtf8(this.#head) + marker + afterCut(this.#tail)),
      truncated: {
        original_bytes: this.#total,
        retained_bytes: this.#head.length + this.#tail.length + marker.length,
        omitted_bytes: omitted,
        strategy: "head_tail",
      },
    };
  }
}

/** Text that may begin in the middle of a character. */
function afterCut(bytes: Buffer): string {
  let start = 0;
  while (start < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start++;
  return bytes.toString("utf8", start);
}

function shortLines(text: string): string {
  const lines = text.split("\n");
  return lines.map((line) => shortLine(line, longestLine)).join("\n");
}

/** A line of at most so many bytes, in whole characters; one that is longer says that it was cut. */
export function shortLine(line: string, mostBytes: number): string {
  if (line.length * 3 <= mostBytes || Buffer.byteLength(line) <= mostBytes) return line;
  return truncateUtf8(Buffer.from(line).subarray(0, mostBytes)) + lineMarker;
}
