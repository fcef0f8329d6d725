/**
 * `fn` that runs at most once; every call gets the one promise. What makes `stop()` and `Symbol.asyncDispose` safe to
 * call twice, and the second caller wait for the first.
 */
export function once<T>(fn: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= fn());
}
