import type { Clock, Wake } from "@hearth/base";

/**
 * Resolves at the next ring, or after `atMostMs` when that is given.
 *
 * Rings before the call are not seen: look at what they are about, then call this, with no `await` in between.
 * Rejects with the signal's reason.
 */
export async function waitForRing(
  wake: Wake,
  { clock, signal, tag, atMostMs }: { clock: Clock; signal: AbortSignal; tag: string; atMostMs?: number | undefined },
): Promise<void> {
  signal.throwIfAborted();
  const rung = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = (): void => {
    rung.abort();
    reject(signal.reason);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  using _bell = wake.subscribe(() => {
    rung.abort();
    resolve();
  });
  if (atMostMs !== undefined) clock.sleep(atMostMs, { signal: rung.signal, tag }).then(resolve, () => undefined); // rung
  try {
    await promise;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
