import { ApiError, endpoints, type Client, type Workspace } from "@hearth/sdk";
import { backoffMs, readEvents, type Clock } from "@hearth/base";

const reconnect = { baseMs: 250, maxMs: 5_000 };
const attempts = 8;

/**
 * A workspace as it is now, and again after each change, without asking for it. A stream that breaks is opened again;
 * changes in between are not missed, because each stream begins with the present state.
 * @throws ApiError when the server refuses, or stays away.
 */
export async function* watchWorkspace(
  client: Client,
  workspaceId: string,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): AsyncGenerator<Workspace, never, undefined> {
  for (let failures = 0; ;) {
    try {
      const response = await client.request(endpoints.workspaces.watchWorkspace, {
        params: { workspace: workspaceId },
        headers: { Accept: "text/event-stream" },
        signal,
      });
      if (response.body !== null) {
        for await (const { type, data } of readEvents(response.body.pipeThrough(new TextDecoderStream()))) {
          failures = 0;
          // The contract of the stream: a `data` event is a workspace, an `error` event a refusal.
          if (type === "data") yield JSON.parse(data) as Workspace;
          else if (type === "error") throw toError(data);
        }
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ApiError && !error.shouldRetry) throw error;
      if (failures >= attempts) throw error;
    }
    failures += 1;
    await clock.sleep(backoffMs(reconnect, failures), { signal, tag: "watch workspace" });
  }
}

/** Watches a workspace until `decide` gives something, and gives that. What it throws ends the watch, too. */
export async function watchUntil<Found>(
  client: Client,
  workspaceId: string,
  means: { clock: Clock; signal: AbortSignal },
  decide: (workspace: Workspace) => Found | undefined,
): Promise<Found> {
  for await (const workspace of watchWorkspace(client, workspaceId, means)) {
    const found = decide(workspace);
    if (found !== undefined) return found;
  }
  throw new Error("A watch ends only by an error.");
}

function toError(data: string): ApiError {
  const { message, detail } = JSON.parse(data) as { message: string; detail?: string };
  return new ApiError("internal", message, { detail });
}
