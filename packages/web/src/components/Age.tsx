import { useSyncExternalStore } from "react";
import { age } from "../words/duration.ts";
import { ticker } from "./ticker.ts";

/** How long ago it was, as it ticks: `52 s`, `3 min`. Exact time when pointed at. `at` is in ms since the epoch. */
export function Age({ at, suffix = "" }: { at: number; suffix?: string }) {
  const words = useSyncExternalStore(ticker.subscribe, () => age(ticker.now() - at));
  return (
    <time dateTime={new Date(at).toISOString()} title={new Date(at).toLocaleString()} className="whitespace-nowrap">
      {words}
      {suffix}
    </time>
  );
}

/** How long until then: `1 h 12 min`; `now` when it has come. */
export function Until({ at, prefix = "" }: { at: number; prefix?: string }) {
  const words = useSyncExternalStore(ticker.subscribe, () => (ticker.now() >= at ? "now" : age(at - ticker.now())));
  return (
    <time dateTime={new Date(at).toISOString()} title={new Date(at).toLocaleString()} className="whitespace-nowrap">
      {prefix}
      {words}
    </time>
  );
}
