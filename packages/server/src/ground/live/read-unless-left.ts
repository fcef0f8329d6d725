import { Scope, untilAborted } from "@hearth/base";
import type { Reading, Seat } from "./topics.ts";

/** A reading; undefined when the signal aborts first: the topic reads on for the others. @throws when the read fails */
export async function readUnlessLeft<Value, From>(
  seat: Seat<Value, From>,
  from: From,
  signal: AbortSignal,
): Promise<Reading<Value> | undefined> {
  // Of this round alone: a race against a promise of the end would keep something of every round until then.
  using waiting = new Scope(signal);
  try {
    return await Promise.race([seat.read(from), untilAborted(waiting.signal)]);
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}
