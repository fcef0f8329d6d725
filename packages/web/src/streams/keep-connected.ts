import { backoffMs, Scope, type Clock, type Wake } from "@hearth/base";
import { ApiError } from "@hearth/sdk";

/** Where a connection that mends itself stands. */
export type ConnectionState =
  /** Not there yet; `attempt` counts from 1 since it was last open. */
  | { readonly phase: "connecting"; readonly attempt: number }
  | { readonly phase: "open" }
  /** Lost, or not to be had: the next try is at `retryAtMs`. */
  | { readonly phase: "waiting"; readonly attempt: number; readonly retryAtMs: number }
  /** The server has said all there is. */
  | { readonly phase: "ended" }
  /** The server does not want to, and asking again would change nothing. */
  | { readonly phase: "refused"; readonly error: unknown };

export interface KeepConnectedOptions {
  /** Names the waits. */
  readonly name: string;
  /**
   * Connects, calls `opened` once it stands, and resolves when it is over: `ended` for good, `lost` to be mended. What
   * it throws counts as lost, but for refusals that trying again cannot change.
   */
  readonly connect: (context: { signal: AbortSignal; opened: () => void }) => Promise<"ended" | "lost">;
  readonly onState: (state: ConnectionState) => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Ends a wait early: somebody asked, or the network is back. */
  readonly retryNow?: Wake;
  readonly random?: () => number;
}

/** The first retry comes within 1.5 s, later ones within 10.5 s: a restart of the server takes a few seconds. */
const policy = { baseMs: 1_000, maxMs: 10_000 };
const leastWaitMs = 500;

/** Holds a connection until it ends, is refused, or the signal aborts, and tries again after every loss. */
export async function keepConnected(options: KeepConnectedOptions): Promise<void> {
  const { name, connect, onState, clock, signal, retryNow, random } = options;
  let attempt = 1;
  while (!signal.aborted) {
    onState({ phase: "connecting", attempt });
    try {
      const how = await connect({
        signal,
        opened: () => {
          attempt = 1;
          onState({ phase: "open" });
        },
      });
      if (signal.aborted) return;
      if (how === "ended") {
        onState({ phase: "ended" });
        return;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (isFinal(error)) {
        onState({ phase: "refused", error });
        return;
      }
    }
    const waitMs = leastWaitMs + backoffMs(policy, attempt, random);
    onState({ phase: "waiting", attempt, retryAtMs: clock.now() + waitMs });
    await nap({ clock, signal, retryNow, waitMs, tag: name });
    attempt++;
  }
}

/** A refusal by the server that stays one. Losing the session is final here: the page leads to the log-in. */
function isFinal(error: unknown): boolean {
  return error instanceof ApiError && !error.shouldRetry;
}

async function nap(options: {
  clock: Clock;
  signal: AbortSignal;
  retryNow: Wake | undefined;
  waitMs: number;
  tag: string;
}): Promise<void> {
  using woken = new Scope(options.signal);
  using _bell = options.retryNow?.subscribe(() => woken.end());
  try {
    await options.clock.sleep(options.waitMs, {
      signal: woken.signal,
      tag: options.tag,
    });
  } catch {
    // Woken, or stopped: the caller looks at its signal.
  }
}
