import { endpoints, type UsageAppName } from "@hearth/sdk";
import type { Means } from "#means/means.ts";
import type { Reached } from "./reach-agent.ts";

const everyMs = 60_000;

/** Tells the server that the workspace is in use, now and each minute, until the signal aborts. Never rejects. */
export async function reportUsage(
  { workspace, agent }: Reached,
  app: UsageAppName,
  { client, clock }: Pick<Means, "client" | "clock">,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await client.call(endpoints.workspaces.postWorkspaceUsage, {
        params: { workspace: workspace.id },
        body: { agent_id: agent.id, app_name: app },
        signal,
      });
      await clock.sleep(everyMs, { signal, tag: "report usage" });
    } catch {
      // The session matters, its accounting does not: the next minute brings the next report.
      if (signal.aborted) return;
      await clock.sleep(everyMs, { signal, tag: "report usage" }).catch(() => undefined);
    }
  }
}
