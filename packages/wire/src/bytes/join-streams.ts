import type { Duplex } from "node:stream";
import { finished } from "node:stream/promises";

/**
 * Lets two byte streams flow into each other until both directions have ended.
 *
 * An end is passed on as an end, so a half-closed side can still be answered; a side that breaks takes the other with
 * it. Slow readers hold the other side's writers back; nothing is buffered beyond what the two streams buffer.
 * Resolves with the first error, or with `undefined` after two orderly ends; never rejects.
 */
export async function joinStreams(one: Duplex, two: Duplex): Promise<Error | undefined> {
  one.pipe(two);
  two.pipe(one);
  const outcomes = await Promise.all([watch(one, two), watch(two, one)]);
  return outcomes.find((outcome) => outcome !== undefined);
}

async function watch(stream: Duplex, other: Duplex): Promise<Error | undefined> {
  try {
    await finished(stream);
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error : new Error(String(error));
    other.destroy(reason);
    return reason;
  }
}
