import { systemClock, type Clock } from "@hearth/base";

/** What a bench waited for and did not come. */
export class InVain extends Error {
  override readonly name = "InVain";
}

/** What is waited for unless said otherwise: far longer than anything that works takes. */
export const patienceMs = 60_000;

/**
 * Waits for something, and no longer than `ms`: a bench that hangs says nothing.
 * @throws InVain that names it; what it threw itself
 */
export async function within<T>(
  what: string,
  wait: Promise<T>,
  ms = patienceMs,
  clock: Clock = systemClock,
): Promise<T> {
  const over = new AbortController();
  const late = clock.sleep(ms, { signal: over.signal, tag: "within" }).then(() => {
    throw new InVain(`Waited ${ms / 1000} s in vain for ${what}.`);
  });
  wait.catch(() => undefined); // where it is given up
  late.catch(() => undefined); // where it is not
  try {
    return await Promise.race([wait, late]);
  } finally {
    over.abort();
  }
}
