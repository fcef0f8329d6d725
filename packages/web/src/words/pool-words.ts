import type { Pool } from "@hearth/sdk";
import { duration } from "./duration.ts";
import type { StateWords } from "./workspace-words.ts";

/** What to expect of creating with a preset: `2 warm now · about 31 ms`. */
export function waitWords(pool: Pool | undefined): string {
  const wait = pool?.expected_wait_ms ?? undefined;
  const about = wait === undefined ? undefined : `about ${duration(wait)}`;
  if (!pool || pool.desired === null) return about === undefined ? "Built on demand" : `Built on demand · ${about}`;
  const warm =
    pool.ready > 0 ? `${pool.ready} warm now` : pool.building > 0 ? "None warm, more on the way" : "None warm now";
  return about === undefined ? warm : `${warm} · ${about}`;
}

/** How a pool stands against what is wanted of it. */
export function poolState(pool: Pool): StateWords {
  switch (pool.status) {
    case "hard_limited":
      return { word: "Stopped after failures", tone: "bad", isMoving: false };
    case "validation_failed":
      return { word: "Preset does not fit", tone: "bad", isMoving: false };
    case "sandbox_required":
      return { word: "Not allowed without a sandbox", tone: "bad", isMoving: false };
    case "healthy":
      if (pool.desired === null) return { word: "No pool", tone: "quiet", isMoving: false };
      if (pool.ready < pool.desired) return { word: "Filling", tone: "busy", isMoving: true };
      return { word: pool.desired === 0 ? "Empty on purpose" : "Full", tone: "good", isMoving: false };
  }
}
