import { queryOptions, type Query, type QueryClient } from "@tanstack/react-query";
import type { AnswerBody, CallInput, Client, EndpointShape } from "@hearth/sdk";

/** What a query carries so that the one default fetcher can call it. */
export interface EndpointMeta extends Record<string, unknown> {
  readonly endpoint: EndpointShape;
  readonly input: {
    readonly params?: Record<string, string> | undefined;
    readonly query?: Record<string, unknown> | undefined;
  };
  /** The workspace it is about, where neither key nor data tell: its events make the query stale. */
  readonly workspaceId: string | undefined;
}

type ReadInput<E extends EndpointShape> = Pick<CallInput<E>, "params" | "query">;

/**
 * Query options of an endpoint: the loader awaits them, the page reads the same ones. Keys are
 * `[operation, path parameters, query]`, so all reads of an endpoint are found by its operation.
 */
export function q<E extends EndpointShape>(endpoint: E, input: ReadInput<E>, about: { workspaceId?: string } = {}) {
  const { params, query } = input as EndpointMeta["input"]; // the same fields, without the endpoint's own types
  return queryOptions<AnswerBody<E>>({
    queryKey: [endpoint.operation, params ?? {}, query ?? {}],
    meta: { endpoint, input: { params, query }, workspaceId: about.workspaceId } satisfies EndpointMeta,
  });
}

/** Calls the endpoint that a query of {@link q} is about; the default `queryFn` of the application. */
export function createFetcher(client: Client) {
  return ({ meta, signal }: { meta: Record<string, unknown> | undefined; signal: AbortSignal }) => {
    const { endpoint, input } = meta as EndpointMeta; // every query is made by `q`
    // `undefined` is not data to TanStack Query; an answer without a body is null there.
    return client.call(endpoint, { ...input, signal } as CallInput<EndpointShape>).then((body) => body ?? null);
  };
}

/** Whether a query reads one of these endpoints. */
export function reads(query: Pick<Query, "queryKey">, ...list: EndpointShape[]): boolean {
  return list.some((endpoint) => endpoint.operation === query.queryKey[0]);
}

/** Reads everything of these endpoints again; resolves when what is on screen is fresh. */
export async function invalidate(queryClient: QueryClient, ...list: EndpointShape[]): Promise<void> {
  await queryClient.invalidateQueries({ predicate: (query) => reads(query, ...list) });
}
