import type { JobTiming } from "@hearth/provisioner";
import type { Tx } from "../database/index.ts";

/** Stores how long each phase took; a malformed one is left out rather than failing the build. */
export async function insertTimings(tx: Tx, jobId: string, timings: readonly JobTiming[]): Promise<void> {
  const sound = timings.filter((timing) => timing.startedAtMs > 0 && timing.endedAtMs >= timing.startedAtMs);
  if (sound.length === 0) return;
  await tx
    .insertInto("provisioner_job_timings")
    .values(
      sound.map((timing) => ({
        job_id: jobId,
        started_at: new Date(timing.startedAtMs),
        ended_at: new Date(timing.endedAtMs),
        stage: timing.stage,
        source: timing.source,
        action: timing.action,
        resource: timing.resource,
      })),
    )
    .execute();
}
