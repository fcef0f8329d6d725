import { onAbort } from "./scope.ts";

/** Never resolves; rejects with the signal's reason once it aborts. */
export async function untilAborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  using _aborted = onAbort(signal, () => reject(signal.reason));
  return await promise;
}
