import type { Wake } from "@hearth/base";

/**
 * Resolves once `isSo()` holds, looking at the start and at every ring of the bells. Rejects with the signal's reason.
 */
export async function waitUntil(isSo: () => boolean, wakes: readonly Wake[], signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (isSo()) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  const bells = wakes.map((wake) => wake.subscribe(() => isSo() && resolve()));
  try {
    await promise;
  } finally {
    signal.removeEventListener("abort", onAbort);
    for (const bell of bells) bell[Symbol.dispose]();
  }
}
