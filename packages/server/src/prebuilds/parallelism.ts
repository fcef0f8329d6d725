/** How many presets are worked on at once: half of the connections, so that requests keep theirs. @see spec/prebuilds.md §5.3 */
export function parallelismOf(maxConnections: number): number {
  return Math.min(5, Math.max(1, Math.floor(maxConnections / 2)));
}

/** Runs `work` on each item, at most `limit` at once; resolves when all have ended, with those that failed. */
export async function eachOf<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<{ item: T; error: unknown }[]> {
  const failed: { item: T; error: unknown }[] = [];
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) {
      try {
        await work(item);
      } catch (error) {
        failed.push({ item, error });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(limit, items.length)) }, worker));
  return failed;
}
