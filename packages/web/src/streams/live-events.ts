import type { Clock } from "@hearth/base";
import { endpoints, WorkspaceEvent, zeroUuid, type Client } from "@hearth/sdk";
import { readServerSentEvents } from "./server-sent-events.ts";

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
  const hangUp = new AbortController();
  const signal = AbortSignal.any([options.signal, hangUp.signal]);
  let silence = clock.timeout(silenceMs, { tag: "live-events-silence" });
  const heard = () => {
    silence[Symbol.dispose]();
    silence = clock.timeout(silenceMs, { tag: "live-events-silence" });
    silence.signal.addEventListener("abort", () => hangUp.abort(silence.signal.reason), { once: true });
  };
  heard();
  try {
    const response = await client.request(endpoints.hearth.watchWorkspaces, { signal });
    if (!response.body) return "lost";
    let isOpen = false;
    for await (const { event, data } of readServerSentEvents(response.body)) {
      heard();
      if (!isOpen) opened();
      isOpen = true;
      if (event !== "data") continue;
      const parsed = WorkspaceEvent.safeParse(JSON.parse(data));
      // A kind that this page does not know is of a newer server: something changed, that is all it needs to know.
      onEvent(parsed.success ? parsed.data : resync);
    }
    return "lost";
  } finally {
    silence[Symbol.dispose]();
  }
}
