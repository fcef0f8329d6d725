import type { Clock } from "@hearth/base";
import { zeroTime } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import type { Seat } from "../../ground/live/index.ts";
import type { MetadataRow } from "./store.ts";

/** @see spec/agents.md §10.3 */
const lookEveryMs = 1_000;
const repeatAfterMs = 5_000;

/**
 * The values now, then whenever they changed, looking once a second; and again when the last were sent 5 s ago, so that
 * ages stay right. Ends when the signal aborts. @throws when a read fails
 */
export async function* watchMetadata(
  seat: Pick<Seat<MetadataRow[], undefined>, "version" | "read">,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<api.WorkspaceAgentMetadata[], void, undefined> {
  let sentVersion = -1;
  let sentAtMs = 0;
  while (!signal.aborted) {
    const { version } = seat;
    const nowMs = clock.now();
    if (version !== sentVersion || nowMs - sentAtMs >= repeatAfterMs) {
      yield toApiMetadata((await seat.read(undefined)).value, clock.now());
      sentVersion = version;
      sentAtMs = nowMs;
    }
    try {
      await clock.sleep(lookEveryMs, { signal, tag: "watch-metadata" });
    } catch {
      return; // the viewer left
    }
  }
}

/** Ages and spans are whole seconds. Pure. */
export function toApiMetadata(rows: readonly MetadataRow[], nowMs: number): api.WorkspaceAgentMetadata[] {
  return rows.map((row) => ({
    result: {
      collected_at: row.collected_at?.toISOString() ?? zeroTime,
      age: row.collected_at === null ? 0 : Math.max(0, Math.floor((nowMs - row.collected_at.getTime()) / 1000)),
      value: row.value,
      error: row.error,
    },
    description: {
      display_name: row.display_name,
      key: row.key,
      script: row.script,
      interval: row.interval_seconds,
      timeout: row.timeout_seconds,
    },
  }));
}
