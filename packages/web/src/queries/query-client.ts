import { ApiError, type Client } from "@hearth/sdk";
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { createFetcher } from "./query.ts";
import { isLoggedOut, me } from "./session.ts";

/**
 * Everything that was read, and how it is read. `onLoggedOut` is called when the server no longer knows the session,
 * whichever request found out.
 */
export function createQueryClient(client: Client, onLoggedOut: () => unknown): QueryClient {
  function onError(error: unknown) {
    // Not for a wrong password, which is a 401 as well: nobody was logged in then.
    if (!isLoggedOut(error) || queryClient.getQueryData(me.queryKey) === undefined) return;
    queryClient.removeQueries({ queryKey: me.queryKey });
    onLoggedOut();
  }
  const queryClient = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        queryFn: createFetcher(client),
        // Live events say when something is stale; this only spares a second reading on the way from page to page.
        staleTime: 10_000,
        retry: (failures, error) => failures < 2 && error instanceof ApiError && error.shouldRetry,
        networkMode: "always",
      },
      mutations: { networkMode: "always" },
    },
  });
  return queryClient;
}
