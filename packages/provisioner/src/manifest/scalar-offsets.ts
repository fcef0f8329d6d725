import type { Scalar } from "yaml";

const blanksAndBreak = /[ \t]*(?:\r?\n[ \t]*)+/y;

/**
 * Where a character of a scalar's value stands in the source. Exact for what YAML writers produce; in doubt the nearest
 * place before. Offsets beyond the value give the place behind its last character.
 */
export function sourceOffset(source: string, scalar: Scalar, valueOffset: number): number {
  const [start, end] = scalar.range ?? [0, 0];
  const value = typeof scalar.value === "string" ? scalar.value : (scalar.source ?? "");
  const isBlock = scalar.type === "BLOCK_LITERAL" || scalar.type === "BLOCK_FOLDED";
  const offsets = isBlock ? blockOffsets(source, start, end, value) : flowOffsets(source, scalar, start, end, value);
  return offsets[Math.min(valueOffset, value.length)] ?? offsets.at(-1) ?? start;
}

/** One offset for each character of the value, and one for its end. */
function flowOffsets(source: string, scalar: Scalar, start: number, end: number, value: string): number[] {
  const isDouble = scalar.type === "QUOTE_DOUBLE";
  const isSingle = scalar.type === "QUOTE_SINGLE";
  const offsets: number[] = [];
  let at = isDouble || isSingle ? start + 1 : start;
  while (offsets.length < value.length && at < end) {
    blanksAndBreak.lastIndex = at;
    const fold = blanksAndBreak.exec(source)?.[0];
    if (fold !== undefined) {
      // One line break reads as a space, further ones as themselves.
      const breaks = fold.split("\n").length - 1;
      for (let made = 0; made < Math.max(1, breaks - 1); made++) offsets.push(at);
      at += fold.length;
    } else if (isDouble && source[at] === "\\") {
      const escape = readEscape(source, at);
      for (let made = 0; made < escape.made; made++) offsets.push(at);
      at += escape.length;
    } else {
      offsets.push(at);
      at += isSingle && source.startsWith("''", at) ? 2 : 1;
    }
  }
  offsets.push(at);
  return offsets;
}

/** How long an escape is in the source, and how many code units it makes. */
function readEscape(source: string, at: number): { length: number; made: number } {
  const kind = source[at + 1];
  if (kind === "x") return { length: 4, made: 1 };
  if (kind === "u") return { length: 6, made: 1 };
  if (kind === "U") return { length: 10, made: Number.parseInt(source.slice(at + 2, at + 10), 16) > 0xffff ? 2 : 1 };
  const lineBreak = /^\\[ \t]*\r?\n[ \t]*/.exec(source.slice(at, at + 1_000))?.[0];
  return lineBreak === undefined ? { length: 2, made: 1 } : { length: lineBreak.length, made: 0 };
}

function blockOffsets(source: string, start: number, end: number, value: string): number[] {
  const headerEnd = source.indexOf("\n", start);
  const header = source.slice(start, headerEnd);
  const body = source.slice(headerEnd + 1, end);
  const stated = /[1-9]/.exec(header.replace(/#.*/, ""))?.[0];
  // An indicator counts from the parent's indentation, which is not known here; what stands there tells it.
  const indent = stated === undefined ? leadingSpaces(/^ *[^ \n\r]/m.exec(body)?.[0] ?? "") : shortestIndent(body);
  const offsets: number[] = [];
  let lineStart = headerEnd + 1;
  for (const line of body.split("\n")) {
    let at = lineStart + Math.min(indent, leadingSpaces(line));
    const lineEnd = lineStart + line.length;
    lineStart = lineEnd + 1;
    if (at >= lineEnd) continue;
    while (value[offsets.length] === "\n") offsets.push(at - 1); // line breaks, kept ones and those of empty lines
    if (value[offsets.length] === " " && source[at] !== " ") offsets.push(at - 1); // a folded one
    for (; at < lineEnd && offsets.length < value.length; at++) {
      if (source[at] === "\r" && value[offsets.length] !== "\r") continue;
      offsets.push(at);
    }
  }
  while (offsets.length <= value.length) offsets.push(Math.min(end, lineStart));
  return offsets;
}

function leadingSpaces(line: string): number {
  return line.length - line.trimStart().length;
}

function shortestIndent(body: string): number {
  const indents = body
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map(leadingSpaces);
  return indents.length === 0 ? 0 : Math.min(...indents);
}
