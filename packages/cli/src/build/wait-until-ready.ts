import type { Workspace } from "@hearth/sdk";
import { watchUntil } from "#api/watch-workspace.ts";
import { Failure } from "#means/failure.ts";
import type { Means } from "#means/means.ts";
import { readinessOf } from "./readiness.ts";

/**
 * Watches a started workspace until all its agents are ready, and gives it as it is then.
 * @throws Failure when an agent never connected, or another build came in between.
 */
export async function waitUntilReady(
  workspace: Pick<Workspace, "id" | "name">,
  buildId: string,
  { client, out, clock, signal }: Pick<Means, "client" | "out" | "clock" | "signal">,
): Promise<Workspace> {
  using status = out.status(`Waiting for the agents of "${workspace.name}"`);
  return await watchUntil(client, workspace.id, { clock, signal }, (now) => {
    const readiness = readinessOf(now, buildId);
    switch (readiness.is) {
      case "waiting":
        status.update(readiness.text);
        return undefined;
      case "lost":
        throw new Failure(readiness.why, { hint: `Look into: hearth logs ${workspace.name}` });
      case "ready":
        for (const problem of readiness.problems) out.warn(`${problem} See: hearth logs ${workspace.name}`);
        return now;
    }
  });
}
