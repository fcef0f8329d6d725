import { softDeleteAgents } from "../agents/index.ts";
import type { Tx } from "../ground/database/index.ts";
import { completeUntaken, matchedProvisioners, type JobRow } from "../jobs/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { markDeleted } from "./store.ts";

/**
 * Ends an orphan's delete at once when no worker is there that could run it: nothing is left to destroy, so the job
 * succeeds by itself. With a worker it runs as any other, on empty state. Resolves with the job as it then is.
 *
 * @see spec/builds.md §6.6
 */
export async function completeOrphan(
  tx: Tx,
  pubsub: PubSub,
  { job, workspaceId, buildId, nowMs }: { job: JobRow; workspaceId: string; buildId: string; nowMs: number },
): Promise<JobRow> {
  const matched = await matchedProvisioners(tx, job, nowMs);
  if (matched.available > 0) return job;
  const ended = await completeUntaken(tx, pubsub, job.id, nowMs);
  await markDeleted(tx, workspaceId, nowMs);
  await softDeleteAgents(tx, { workspaceId, exceptBuildId: buildId, nowMs });
  return ended;
}
