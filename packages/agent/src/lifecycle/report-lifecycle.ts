import type { Clock } from "@hearth/base";
import { type AgentClient, timestampFromMs } from "@hearth/wire";
import { waitForRing } from "#wait/wait-for-ring.ts";
import type { Lifecycle } from "#lifecycle/lifecycle.ts";

export interface ReportLifecycleOptions {
  readonly lifecycle: Lifecycle;
  readonly client: Pick<AgentClient, "updateLifecycle">;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Reports entries one by one, in their order, as long as the session lasts. Rejects when it ends. */
export async function reportLifecycle({ lifecycle, client, clock, signal }: ReportLifecycleOptions): Promise<never> {
  for (;;) {
    const entry = lifecycle.unreported();
    if (!entry) {
      await waitForRing(lifecycle.changed, { clock, signal, tag: "lifecycle" });
      continue;
    }
    const changedAt = timestampFromMs(entry.changedAtMs);
    await client.updateLifecycle({ lifecycle: { state: entry.state, changedAt } }, { signal });
    lifecycle.markReported(entry);
  }
}
