const begin = "# --- begin hearth ---";
const end = "# --- end hearth ---";

export type Rewritten =
  | { readonly ok: true; readonly content: string }
  /** The marks of our section do not pair up: somebody edited them, and nothing is touched. */
  | { readonly ok: false; readonly why: string };

/**
 * Puts our section into an OpenSSH configuration: where it stood before, else at the end. Every other byte stays.
 *
 * Give and take the file as latin1, which keeps bytes that are not UTF-8.
 */
export function rewriteSection(content: string, lines: readonly string[]): Rewritten {
  const newline = content.includes("\r\n") ? "\r\n" : "\n";
  const section = [
    begin,
    "# Written by `hearth config-ssh`, which replaces all between these two lines.",
    ...lines,
    end,
  ].join(newline);
  const starts = positions(content, begin);
  const ends = positions(content, end);
  const [start, anotherStart] = starts;
  const [stop, anotherStop] = ends;
  if (start === undefined && stop === undefined) return { ok: true, content: append(content, section, newline) };
  if (
    start === undefined ||
    stop === undefined ||
    stop < start ||
    anotherStart !== undefined ||
    anotherStop !== undefined
  ) {
    return { ok: false, why: `the lines "${begin}" and "${end}" do not pair up` };
  }
  return { ok: true, content: content.slice(0, start) + section + content.slice(stop + end.length) };
}

/** Where a line that is exactly the mark begins. */
function positions(content: string, mark: string): number[] {
  const found: number[] = [];
  for (let at = content.indexOf(mark); at >= 0; at = content.indexOf(mark, at + mark.length)) {
    const isLineStart = at === 0 || content[at - 1] === "\n";
    if (isLineStart && /^\r?(\n|$)/.test(content.slice(at + mark.length, at + mark.length + 2))) found.push(at);
  }
  return found;
}

function append(content: string, section: string, newline: string): string {
  if (content === "") return `${section}${newline}`;
  const gap = content.endsWith("\n") ? newline : `${newline}${newline}`;
  return `${content}${gap}${section}${newline}`;
}
