import type { Granted, Thing } from "../access/index.ts";
import { softDeleteAgents } from "../agents/index.ts";
import type { Tx } from "../ground/database/index.ts";
import { completeUntaken, matchedProvisioners, type JobRow } from "../jobs/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import type { BuildAction } from "./access.ts";
import { markDeleted } from "./mark-deleted.ts";

/**
 * Ends an orphan's delete at once when no worker is there that could run it: nothing is left to destroy, so the job
 * succeeds by itself. With a worker it runs as any other, on empty state. Resolves with the job as it then is.
 *
 * @see spec/builds.md §6.6
 */
export async function completeOrphan(
  tx: Tx,
  pubsub: PubSub,
  granted: Granted<BuildAction, Thing>,
  { job, buildId, nowMs }: { job: JobRow; buildId: string; nowMs: number },
): Promise<JobRow> {
  const matched = await matchedProvisioners(tx, job, nowMs);
  if (matched.available > 0) return job;
  const ended = await completeUntaken(tx, pubsub, granted, job.id, nowMs);
  await markDeleted(tx, granted, nowMs);
  await softDeleteAgents(tx, granted, { exceptBuildId: buildId, nowMs });
  return ended;
}
