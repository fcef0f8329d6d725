import { readUnlessLeft } from "./read-unless-left.ts";
import type { Seat } from "./topics.ts";

/**
 * For topics whose latest state is all that counts: each value that was the newest when its reader had time for it, until
 * the signal aborts. What others were told last comes at once, a newer one when it is there. A read that fails leaves the
 * reader with what it has: the next hint, or the poll, reads again.
 */
export async function* newestValues<Value>(
  seat: Seat<Value, undefined>,
  signal: AbortSignal,
): AsyncGenerator<Value, void, undefined> {
  let seen = -1;
  if (seat.newest !== undefined) {
    seen = seat.newest.version;
    yield seat.newest.value;
  }
  while ((await seat.news(seen, signal)) !== "left") {
    const at = seat.version;
    const reading = await readUnlessLeft(seat, undefined, signal).catch(() => undefined); // logged by the topic
    seen = reading?.version ?? at;
    if (reading !== undefined) yield reading.value;
  }
}
