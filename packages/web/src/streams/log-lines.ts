import type { LogLevel } from "@hearth/sdk";

/** A line of a build's or an agent's log, as both are shown. */
export interface LogLine {
  /** Grows from line to line; the cursor of a stream. */
  readonly id: number;
  readonly at: string;
  readonly level: LogLevel;
  /** Terminal colours removed. */
  readonly text: string;
  /** Of a build's log, the step it belongs to; of an agent's, the id of the script that wrote it. */
  readonly group: string;
}

/** A log as far as it is known. Lines only ever come at the end. */
export interface Log {
  readonly lines: readonly LogLine[];
  /** Nothing more will come. */
  readonly isComplete: boolean;
}

export const emptyLog: Log = { lines: [], isComplete: false };

/** Adds lines, dropping those that a stream repeats after a reconnection. */
export function appendLines(log: Log, lines: readonly LogLine[]): Log {
  const lastId = log.lines.at(-1)?.id ?? -1;
  const fresh = lines.filter((line) => line.id > lastId);
  return fresh.length === 0 ? log : { ...log, lines: [...log.lines, ...fresh] };
}

// Control sequences (CSI … final byte), operating system commands (OSC … BEL or ST) and two-byte escapes.
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const escapes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;

/** The text without terminal colours and cursor moves; of what a carriage return overwrote, the last state. */
export function plainText(text: string): string {
  const plain = text.replace(escapes, "");
  const end = plain.endsWith("\r") ? plain.length - 1 : plain.length;
  return plain.slice(plain.lastIndexOf("\r", end - 1) + 1, end);
}

/** Lines of one step in a row. */
export interface LogGroup {
  readonly name: string;
  /** Of its first line, also where that is empty: tells groups apart. */
  readonly startId: number | undefined;
  readonly lines: readonly LogLine[];
  /** Of a step, from its first line to the first of the next; undefined for the last one, which may not be over. */
  readonly durationMs: number | undefined;
}

/**
 * A log in groups of neighbours, in order. Where groups are steps, of which one ends where the next begins, each has its
 * length, and the empty line that begins it only carries its name. Scripts of an agent are none: they run side by side,
 * and again whenever the agent is started again.
 */
export function groupLines(lines: readonly LogLine[], { areSteps }: { areSteps: boolean }): LogGroup[] {
  const groups: { name: string; lines: LogLine[] }[] = [];
  for (const line of lines) {
    const last = groups.at(-1);
    if (last?.name === line.group) last.lines.push(line);
    else groups.push({ name: line.group, lines: [line] });
  }
  return groups.map((group, i) => {
    const next = groups[i + 1]?.lines[0];
    const first = group.lines[0];
    const durationMs = areSteps && next && first ? Date.parse(next.at) - Date.parse(first.at) : undefined;
    return {
      name: group.name,
      lines: first?.text === "" ? group.lines.slice(1) : group.lines,
      startId: first?.id,
      durationMs,
    };
  });
}
