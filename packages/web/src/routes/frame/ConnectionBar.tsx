import { useSyncExternalStore } from "react";
import { ticker } from "../../components/ticker.ts";
import type { LiveUpdates } from "../../queries/live-updates.ts";
import { useStore } from "../../streams/use-store.ts";
import { Icon } from "../../ui/Icon.tsx";
import { useLiveUpdates } from "./LiveScope.tsx";

/** Shown while the server does not answer: what is on screen may be old, and when it is tried again. */
export function ConnectionBar() {
  const live = useLiveUpdates();
  return live ? <Bar live={live} /> : null;
}

function Bar({ live }: { live: LiveUpdates }) {
  const state = useStore(live.connection);
  const isLost = state.phase === "waiting" || (state.phase === "connecting" && state.attempt > 1);
  return (
    <div role="status" className="contents">
      {isLost && (
        <div className="flex min-h-8 flex-wrap items-center justify-center gap-x-2 bg-warn-soft px-4 py-1 text-warn">
          <Icon name="warning" />
          <span>
            Connection lost. What you see may be old.{" "}
            {state.phase === "waiting" ? <Countdown atMs={state.retryAtMs} /> : "Trying again…"}
          </span>
          {state.phase === "waiting" && (
            <button type="button" className="rounded-sm font-medium underline" onClick={live.retryNow}>
              Try now
            </button>
          )}
        </div>
      )}
    </div>
  );
}

function Countdown({ atMs }: { atMs: number }) {
  const seconds = useSyncExternalStore(ticker.subscribe, () => Math.max(0, Math.ceil((atMs - ticker.now()) / 1_000)));
  // Readers hear that the connection is lost, not every second of it.
  return <span aria-hidden="true">Trying again in {seconds} s.</span>;
}
