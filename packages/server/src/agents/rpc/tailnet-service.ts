import { onAbort } from "@hearth/base";
import type { TailnetService } from "@hearth/wire";

/**
 * What an unmodified agent needs of coordination to keep its session: a relay map without relays, and a stream that is
 * read and stays open. Hearth reaches workspaces by dials. @see agent wire, layer 4
 */
export function tailnetService(): Pick<TailnetService, "streamDERPMaps" | "coordinate"> {
  return {
    async *streamDERPMaps(_request, { signal }) {
      yield { homeParams: {}, regions: {} };
      await aborted(signal);
    },
    // Answers nothing, and ends when the agent says goodbye or leaves.
    async *coordinate(requests) {
      for await (const request of requests) if (request.disconnect !== undefined) break;
      yield* [];
    },
  };
}

async function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  using _aborted = onAbort(signal, resolve);
  await promise;
}
