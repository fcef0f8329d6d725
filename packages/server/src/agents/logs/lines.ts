import type { LogLevel } from "@hearth/sdk";

/** What an agent may store of its logs, and how long a line may be. @see spec/agents.md §9.2 */
export const logBudgetBytes = 1_048_576;
export const maxLineLength = 1_024;

export const overflowNotice = "Agent logs exceeded the limit of 1 MiB: further lines are left out.";

export interface LogLine {
  readonly output: string;
  readonly level: LogLevel;
}

/** A line as it can be stored: PostgreSQL's text has no NUL, and half characters are none. Longer ones are cut. Pure. */
export function storableLine(line: LogLine): LogLine {
  const text = line.output.replaceAll("\0", "\uFFFD").toWellFormed();
  // Cut by characters, never inside one; counting them is only needed when there may be too many.
  const output = text.length <= maxLineLength ? text : Array.from(text).slice(0, maxLineLength).join("");
  return { output, level: line.level };
}

export function sizeOf(lines: readonly LogLine[]): number {
  return lines.reduce((bytes, line) => bytes + Buffer.byteLength(line.output), 0);
}

/**
 * Of a batch that exceeds what is left: the lines that fit, in order, and the notice. Pure.
 * The notice is stored in any case, so that a reader knows why the log ends. @see spec/agents.md A-13
 */
export function fittingLines(lines: readonly LogLine[], usedBytes: number): LogLine[] {
  const fitting: LogLine[] = [];
  let bytes = usedBytes;
  for (const line of lines) {
    bytes += Buffer.byteLength(line.output);
    if (bytes > logBudgetBytes) break;
    fitting.push(line);
  }
  return [...fitting, { output: overflowNotice, level: "warn" }];
}
