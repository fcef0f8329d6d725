import { backoffMs, readEvents, type Clock } from "@hearth/base";
import { ApiError } from "../api-error.ts";
import type { Client } from "../client.ts";
import { watchWorkspace } from "../endpoints/workspaces.ts";
import type { Workspace } from "../schemas/workspaces.ts";
import { textOf } from "./streams.ts";

/** A stream that breaks (a server that restarts) is opened again. */
const reconnect = { baseMs: 250, maxMs: 5_000 };
const attempts = 8;

/**
 * Looks at a workspace at each of its changes until `decide` gives something, and gives that. Nothing is asked again and
 * again; what changed while a stream was broken is in the first that the next one says.
 * @throws ApiError when the server refuses or stays away; the signal's reason; what `decide` throws
 */
export async function watchUntil<Found>(
  client: Client,
  workspaceId: string,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  decide: (workspace: Workspace) => Found | undefined,
): Promise<Found> {
  for (let failures = 0; ;) {
    const seen = await firstOfStream(client, workspaceId, signal, (workspace) => {
      failures = 0;
      return decide(workspace);
    });
    if ("found" in seen) return seen.found;
    failures++;
    if (failures > attempts) throw seen.error;
    await clock.sleep(backoffMs(reconnect, failures), { signal, tag: "watch workspace" });
  }
}

/** The same on one stream; with what broke it where that may be tried again. */
async function firstOfStream<Found>(
  client: Client,
  workspaceId: string,
  signal: AbortSignal,
  decide: (workspace: Workspace) => Found | undefined,
): Promise<{ found: Found } | { error: unknown }> {
  let stream: AsyncIterable<string>;
  try {
    const { body } = await client.request(watchWorkspace, { params: { workspace: workspaceId }, signal });
    stream = textOf(body);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ApiError && !error.shouldRetry) throw error;
    return { error };
  }
  const events = readEvents(stream);
  for (;;) {
    let next: Awaited<ReturnType<typeof events.next>>;
    try {
      next = await events.next();
    } catch (error) {
      signal.throwIfAborted();
      return { error };
    }
    if (next.done === true) return { error: new ApiError("unavailable", "The server ended the watch of a workspace.") };
    const { type, data } = next.value;
    // The contract of the stream: a `data` event is a workspace, an `error` event a refusal.
    if (type === "error") throw new ApiError("internal", (JSON.parse(data) as { message: string }).message);
    if (type !== "data") continue;
    const found = decide(JSON.parse(data) as Workspace);
    if (found === undefined) continue;
    await events.return();
    return { found };
  }
}
