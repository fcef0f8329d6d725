import { useSyncExternalStore } from "react";
import { ticker } from "../../components/ticker.ts";
import type { ConnectionState } from "../../streams/keep-connected.ts";
import { Icon } from "../../ui/Icon.tsx";

interface TerminalNoticeProps {
  state: ConnectionState;
  onRetry: () => void;
  onRenew: () => void;
}

/** What is the matter with a terminal that takes no input now; over its lower edge, so that its screen stays. */
export function TerminalNotice({ state, onRetry, onRenew }: TerminalNoticeProps) {
  const seconds = useSyncExternalStore(ticker.subscribe, () =>
    state.phase === "waiting" ? Math.max(0, Math.ceil((state.retryAtMs - ticker.now()) / 1_000)) : 0,
  );
  return (
    <div role="status" className="absolute inset-x-0 bottom-3 flex justify-center">
      {state.phase !== "open" && (
        <div className="flex animate-appear items-center gap-2 rounded-full border border-line bg-raised px-4 py-1.5 shadow-float">
          {state.phase === "connecting" && (
            <>
              <Icon name="spinner" className="animate-turn" />
              {state.attempt === 1 ? "Connecting…" : "Trying again…"}
            </>
          )}
          {state.phase === "waiting" && (
            <>
              <Icon name="warning" className="text-warn" />
              <span>
                Connection lost. <span aria-hidden="true">Trying again in {seconds} s.</span>
              </span>
              <button type="button" onClick={onRetry} className="rounded-sm font-medium underline">
                Try now
              </button>
            </>
          )}
          {state.phase === "ended" && (
            <>
              The shell has ended.
              <button type="button" onClick={onRenew} className="rounded-sm font-medium underline">
                Start another (Enter)
              </button>
            </>
          )}
          {state.phase === "refused" && "The server does not allow this terminal."}
        </div>
      )}
    </div>
  );
}
