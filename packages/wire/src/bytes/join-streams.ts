import type { Duplex } from "node:stream";
import { finished } from "node:stream/promises";

/**
 * Lets two byte streams flow into each other until both directions have ended.
 *
 * An end is passed on as an end, so a half-closed side can still be answered; a side that breaks takes the other with
 * it: it is destroyed, or ended as `cut` says. Slow readers hold the other side's writers back; nothing is buffered beyond what the two streams buffer.
 * Resolves with the first error, or with `undefined` after two orderly ends; never rejects.
 */
export async function joinStreams(
  one: Duplex,
  two: Duplex,
  cut: (stream: Duplex, reason: Error) => void = (stream, reason) => void stream.destroy(reason),
): Promise<Error | undefined> {
  one.pipe(two);
  two.pipe(one);
  const outcomes = await Promise.all([watch(one, two, cut), watch(two, one, cut)]);
  return outcomes.find((outcome) => outcome !== undefined);
}

async function watch(
  stream: Duplex,
  other: Duplex,
  cut: (stream: Duplex, reason: Error) => void,
): Promise<Error | undefined> {
  try {
    await finished(stream);
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error : new Error(String(error));
    cut(other, reason);
    return reason;
  }
}
