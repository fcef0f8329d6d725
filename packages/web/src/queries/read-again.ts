import type { QueryClient } from "@tanstack/react-query";
import { isTouched, type Touched } from "./touched.ts";

/**
 * Reads again what the events touched; resolves when what is on screen is fresh.
 *
 * What is being read for the first time may have been answered before the events and does not yet tell what it is about:
 * it is looked at once its answer is there.
 */
export async function readAgain(queryClient: QueryClient, touched: Touched): Promise<void> {
  const firstReads = queryClient
    .getQueryCache()
    .findAll({ fetchStatus: "fetching", predicate: ({ state }) => state.data === undefined });
  for (const query of firstReads) {
    const isAffected = () => isTouched(query, touched);
    void query.promise?.then(
      () => queryClient.invalidateQueries({ queryKey: query.queryKey, exact: true, predicate: isAffected }),
      () => undefined, // whoever reads it is told
    );
  }
  await queryClient.invalidateQueries({ predicate: (query) => isTouched(query, touched) });
}
