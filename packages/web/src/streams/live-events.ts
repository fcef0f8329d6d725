import { onAbort, readEvents, Scope, type Clock } from "@hearth/base";
import { endpoints, WorkspaceEvent, zeroUuid, type Client } from "@hearth/sdk";

/** The server pings every 15 s: silence of this length means that the connection is dead, though nobody said so. */
const silenceMs = 40_000;

/** What tells the reader to read everything again. */
export const resync: WorkspaceEvent = { kind: "resync", workspace_id: zeroUuid };

/**
 * Listens to the changes of every workspace that the caller may read, until the stream ends or `signal` aborts.
 * `opened` comes with the first event or ping: from then on nothing is missed.
 * @throws ApiError for a refusal
 */
export async function readLiveEvents(options: {
  client: Client;
  clock: Clock;
  signal: AbortSignal;
  opened: () => void;
  onEvent: (event: WorkspaceEvent) => void;
}): Promise<"lost"> {
  const { client, clock, opened, onEvent } = options;
  using listening = new Scope(options.signal);
  const { signal } = listening;
  let silence = clock.timeout(silenceMs, { tag: "live-events-silence" });
  const heard = () => {
    silence[Symbol.dispose]();
    silence = clock.timeout(silenceMs, { tag: "live-events-silence" });
    onAbort(silence.signal, () => listening.end(silence.signal.reason));
  };
  heard();
  try {
    const response = await client.request(endpoints.hearth.watchWorkspaces, { signal });
    if (!response.body) return "lost";
    let isOpen = false;
    // TypeScript's DOM types do not see that a decoder stream takes any bytes.
    const decoder = new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>;
    // Not `EventSource`, where pings are invisible, which tell that the connection lives.
    for await (const { type, data } of readEvents(response.body.pipeThrough(decoder))) {
      heard();
      if (!isOpen) opened();
      isOpen = true;
      if (type !== "data") continue;
      const parsed = WorkspaceEvent.safeParse(JSON.parse(data));
      // A kind that this page does not know is of a newer server: something changed, that is all it needs to know.
      onEvent(parsed.success ? parsed.data : resync);
    }
    return "lost";
  } finally {
    silence[Symbol.dispose]();
  }
}
