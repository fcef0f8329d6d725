import { Scope, type Clock } from "@hearth/base";
import type * as api from "@hearth/sdk";
import type { Db } from "../ground/database/index.ts";
import { findJobs } from "../jobs/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";

/**
 * A claim that changes nothing on the infrastructure takes a few milliseconds: the answer waits for it, so that it names
 * the agent and nobody has to ask again. One that takes longer is answered as it is, like any build.
 */
const longestWaitMs = 250;

/** Whether the workspace's claim build ended within a moment; false at once for a workspace that is being built. */
export async function hasClaimEnded(
  { db, pubsub, clock }: { db: Db; pubsub: PubSub; clock: Clock },
  workspace: api.Workspace,
  signal: AbortSignal,
): Promise<boolean> {
  if (workspace.origin?.how !== "claimed") return false;
  const jobId = workspace.latest_build.job.id;
  let hasEnded = false;
  using waited = new Scope(signal);
  const ring = () => {
    hasEnded = true;
    waited.end();
  };
  using _subscription = pubsub.subscribe("job_logs", jobId, {
    onMessage: (message) => {
      if (message.end_of_logs === true) ring();
    },
    onDropped: ring,
  });
  // It may have ended before we listened.
  const isOver = async () => ((await findJobs(db, [jobId])).get(jobId)?.completed_at ?? null) !== null;
  if (await isOver()) return true;
  await clock.sleep(longestWaitMs, { signal: waited.signal, tag: "claim-answer" }).catch(() => undefined); // ended, or left
  return hasEnded;
}
