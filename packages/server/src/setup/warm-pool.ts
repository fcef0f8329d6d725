import { Scope, type Clock } from "@hearth/base";
import { prebuildsUserId } from "@hearth/sdk";
import type { PubSub } from "../ground/pubsub/index.ts";

interface Terminal {
  line(text: string): void;
  status(text: string): void;
}

const lookEveryMs = 2_000;

/** Shows how many warm workspaces there are until all that are wanted are; resolves then, or when `signal` aborts. */
export async function watchPool(
  server: { readonly pubsub: PubSub; countWarm(): Promise<{ wanted: number; ready: number }> },
  terminal: Terminal,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const startedMs = clock.now();
  for (;;) {
    using bell = new Scope(signal);
    const ring = () => bell.end();
    using _subscription = server.pubsub.subscribe("workspace_owner", prebuildsUserId, {
      onMessage: ring,
      onDropped: ring,
    });
    const { wanted, ready } = await server.countWarm();
    if (wanted === 0) return;
    if (ready >= wanted) {
      const seconds = ((clock.now() - startedMs) / 1000).toFixed(1);
      terminal.line(
        `  ${ready} warm ${ready === 1 ? "workspace is" : "workspaces are"} ready (${seconds} s). Press Ctrl-C to stop.`,
      );
      return;
    }
    terminal.status(`  warming up: ${ready} of ${wanted} workspaces ready …`);
    await clock.sleep(lookEveryMs, { signal: bell.signal, tag: "watch-pool" }).catch(() => undefined); // rung, or interrupted
    if (signal.aborted) return;
  }
}
