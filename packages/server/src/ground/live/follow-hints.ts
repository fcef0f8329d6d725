import { readUnlessLeft } from "./read-unless-left.ts";
import type { Seat } from "./topics.ts";

/** What was said since a place, and the place after it. */
export interface Hints {
  readonly mark: number;
  /** Different ones, each once; undefined: more than was kept, or some were lost. */
  readonly heard: readonly string[] | undefined;
}

/** Where a follower of hints begins: both as of one moment, before anything else can be heard. */
export interface HintPlace {
  readonly seat: Seat<Hints, number>;
  readonly version: number;
  readonly mark: number;
}

/**
 * For topics of what changed, that keep the last hints and no values: each that came after the place, in batches, until
 * the signal aborts. `missed`: read everything, because hints were lost, or came faster than the follower took them, or
 * because there were none for as long as the topic's poll is apart, and one may have been lost.
 */
export async function* followHints(
  { seat, version, mark }: HintPlace,
  signal: AbortSignal,
): AsyncGenerator<readonly string[] | "missed", void, undefined> {
  let after = mark;
  let seen = version;
  for (;;) {
    const why = await seat.news(seen, signal);
    if (why === "left") return;
    const reading = await readUnlessLeft(seat, after, signal);
    if (reading === undefined || signal.aborted) return;
    seen = reading.version;
    after = reading.value.mark;
    const { heard } = reading.value;
    if (why === "polled" || heard === undefined) yield "missed";
    else if (heard.length > 0) yield heard;
  }
}
