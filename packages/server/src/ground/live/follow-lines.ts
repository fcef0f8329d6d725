import { readUnlessLeft } from "./read-unless-left.ts";
import type { Seat } from "./topics.ts";

/** Where a follower of a log is. */
export interface LogPlace {
  /** The id of the last line that it has. */
  readonly after: number;
  /** Whether it must know if more can come. */
  readonly asksEnd: boolean;
}

export interface LogLines<Line> {
  /** Every line after the place, in order. */
  readonly lines: readonly Line[];
  /** No line will ever come after these. Known before the lines were read; false where nobody asked. */
  readonly isOver: boolean;
}

export interface FollowOptions<Line> {
  readonly after: number;
  /** Aborts when the follower left. */
  readonly signal: AbortSignal;
  /** Whether to ask for the log's end, by what woke the follower. */
  readonly asksEnd: (why: "first" | "rung" | "polled") => boolean;
  /** Resolves when the lines have left: a follower that reads slowly is not read for. The first may be none. */
  readonly send: (lines: readonly Line[]) => Promise<void>;
}

/**
 * Sends every line of a log after the cursor exactly once and in order, then each that comes; ends when none can come any
 * more, or the follower left. Nothing is kept between: the database is what a slow follower is behind of.
 * @throws what a read throws
 */
export async function followLines<Line extends { readonly id: number }>(
  seat: Seat<LogLines<Line>, LogPlace>,
  { after, signal, asksEnd, send }: FollowOptions<Line>,
): Promise<"over" | "left"> {
  let cursor = after;
  let seen = -1;
  for (;;) {
    const why = await seat.news(seen, signal);
    if (why === "left") return "left";
    const isFirst = seen === -1;
    const place = { after: cursor, asksEnd: asksEnd(isFirst ? "first" : why) };
    const reading = await readUnlessLeft(seat, place, signal);
    if (reading === undefined || signal.aborted) return "left";
    const { lines, isOver } = reading.value;
    seen = reading.version;
    if (isFirst || lines.length > 0) await send(lines);
    cursor = lines.at(-1)?.id ?? cursor;
    if (isOver) return "over";
  }
}
