const contextLines = 3;
/** Beyond so many differing lines what is in the middle is told as replaced. */
const mostCompared = 2000;

type Step = { readonly mark: " " | "-" | "+"; readonly line: string };

/** How a text has changed, as a unified diff with the path in both header lines; empty when it has not. Pure. */
export function unifiedDiff(path: string, before: string, after: string): string {
  if (before === after) return "";
  const steps = compare(linesOf(before), linesOf(after));
  const hunks = hunksOf(steps).map(([from, to]) => writeHunk(steps, from, to));
  return `--- ${path}\n+++ ${path}\n${hunks.join("")}`;
}

/** Lines with their ends: the last may have none. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function compare(before: readonly string[], after: readonly string[]): Step[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let [beforeEnd, afterEnd] = [before.length, after.length];
  while (beforeEnd > start && afterEnd > start && before[beforeEnd - 1] === after[afterEnd - 1]) {
    beforeEnd--;
    afterEnd--;
  }
  const same = (lines: readonly string[]): Step[] => lines.map((line) => ({ mark: " ", line }));
  const middle = compareMiddle(before.slice(start, beforeEnd), after.slice(start, afterEnd));
  return [...same(before.slice(0, start)), ...middle, ...same(before.slice(beforeEnd))];
}

/** By the longest common subsequence. */
function compareMiddle(before: readonly string[], after: readonly string[]): Step[] {
  const removed = (line: string): Step => ({ mark: "-", line });
  const added = (line: string): Step => ({ mark: "+", line });
  if (before.length > mostCompared || after.length > mostCompared) return [...before.map(removed), ...after.map(added)];
  const width = after.length + 1;
  const common = new Uint16Array((before.length + 1) * width);
  const at = (row: number, column: number): number => common[row * width + column] ?? 0;
  for (let row = before.length - 1; row >= 0; row--) {
    for (let column = after.length - 1; column >= 0; column--) {
      common[row * width + column] =
        before[row] === after[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const steps: Step[] = [];
  let [row, column] = [0, 0];
  for (;;) {
    const [old, fresh] = [before[row], after[column]];
    if (old === undefined && fresh === undefined) return steps;
    if (old !== undefined && old === fresh) {
      steps.push({ mark: " ", line: old });
      row++;
      column++;
    } else if (old !== undefined && (fresh === undefined || at(row + 1, column) >= at(row, column + 1))) {
      steps.push(removed(old));
      row++;
    } else if (fresh !== undefined) {
      steps.push(added(fresh));
      column++;
    }
  }
}

/** From which step to which: each change with what is around it, and what is near together as one. */
function hunksOf(steps: readonly Step[]): [from: number, to: number][] {
  const hunks: [number, number][] = [];
  for (const [index, { mark }] of steps.entries()) {
    if (mark === " ") continue;
    const from = Math.max(0, index - contextLines);
    const to = Math.min(steps.length, index + contextLines + 1);
    const last = hunks.at(-1);
    if (last && from <= last[1]) last[1] = to;
    else hunks.push([from, to]);
  }
  return hunks;
}

function writeHunk(steps: readonly Step[], from: number, to: number): string {
  const count = (some: readonly Step[], without: Step["mark"]): number =>
    some.filter(({ mark }) => mark !== without).length;
  const [above, shown] = [steps.slice(0, from), steps.slice(from, to)];
  const range = (without: Step["mark"]): string => {
    const length = count(shown, without);
    const start = count(above, without) + (length === 0 ? 0 : 1);
    return length === 1 ? String(start) : `${start},${length}`;
  };
  const lines = shown.map(
    ({ mark, line }) => mark + (line.endsWith("\n") ? line : `${line}\n\\ No newline at end of file\n`),
  );
  return `@@ -${range("+")} +${range("-")} @@\n${lines.join("")}`;
}
