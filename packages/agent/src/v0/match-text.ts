/** A replacement as it is asked for; without `replaceAll` what is searched for must be there exactly once. */
export interface TextEdit {
  readonly search: string;
  readonly replace: string;
  readonly replaceAll: boolean;
}

/** The text after the edit, or how often what it searches for was found. */
export type EditOutcome = { readonly text: string } | { readonly found: number };

interface Line {
  readonly text: string;
  readonly start: number;
  /** Behind its line ending. */
  readonly end: number;
}

/**
 * Makes one replacement: where the very text is, else where whole lines are the same but for whitespace at their ends, else
 * but for their indentation, too. What is put in takes on the indentation of what it replaces, and the file's line
 * endings. Pure.
 * @see chat §9.10
 */
export function applyEdit(text: string, edit: TextEdit): EditOutcome {
  const { search, replaceAll } = edit;
  const replace = text.includes("\r\n") ? edit.replace.replace(/\r?\n/g, "\r\n") : edit.replace;
  const parts = text.split(search);
  if (parts.length > 1) {
    const found = parts.length - 1;
    return found === 1 || replaceAll ? { text: parts.join(replace) } : { found };
  }
  for (const normal of [(line: string) => line.trimEnd(), (line: string) => line.trim()]) {
    const matches = findLines(
      linesOf(text),
      linesOf(search).map(({ text: line }) => line),
      normal,
    );
    if (matches.length === 0) continue;
    if (matches.length > 1 && !replaceAll) return { found: matches.length };
    return { text: replaceLines(text, matches, search, replace) };
  }
  return { found: 0 };
}

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline + 1;
    lines.push({ text: text.slice(start, end).replace(/\r?\n$/, ""), start, end });
    start = end;
  }
  return lines;
}

/** Where the wanted lines follow each other, as runs that do not overlap. */
function findLines(lines: readonly Line[], wanted: readonly string[], normal: (line: string) => string): Line[][] {
  const sought = wanted.map(normal);
  if (sought.every((line) => line === "")) return []; // nothing but whitespace is everywhere
  const matches: Line[][] = [];
  for (let at = 0; at + sought.length <= lines.length; at++) {
    const run = lines.slice(at, at + sought.length);
    if (!run.every((line, index) => normal(line.text) === sought[index])) continue;
    matches.push(run);
    at += sought.length - 1;
  }
  return matches;
}

function replaceLines(text: string, matches: readonly Line[][], search: string, replace: string): string {
  let done = 0;
  let result = "";
  for (const run of matches) {
    const [first] = run;
    const last = run.at(-1);
    if (!first || !last) continue;
    const ending = /\r?\n$/.exec(text.slice(last.start, last.end))?.[0] ?? "";
    const body = reindent(replace, indentOf(search), indentOf(first.text));
    // Lines are put in for lines: what ends in the middle of one is given the end of the last.
    const isWhole = body === "" || body.endsWith("\n");
    result += text.slice(done, first.start) + (isWhole ? body : body + ending);
    done = last.end;
  }
  return result + text.slice(done);
}

/** Lines that begin with one indentation begin with the other instead. */
function reindent(text: string, from: string, to: string): string {
  if (from === to) return text;
  return text
    .split("\n")
    .map((line) => (line.trim() === "" || !line.startsWith(from) ? line : to + line.slice(from.length)))
    .join("\n");
}

function indentOf(text: string): string {
  return /^[ \t]*/.exec(text)?.[0] ?? "";
}
