import { sql } from "kysely";
import type { JobTiming } from "@hearth/provisioner";
import { defineStatement, sampleId, type Tx } from "../ground/database/index.ts";
import type { GrantedJob } from "./job-grant.ts";
import { storable } from "./storable.ts";

/** The end of the year 9999: what is later has no form that PostgreSQL reads. */
const latestMs = Date.UTC(10_000, 0) - 1;

/** As one parameter: the text is the same for any number, so that it is planned once. */
const store = defineStatement({
  name: "jobs.insert_timings",
  columns: {},
  samples: [{ jobId: sampleId, rows: "[]" }],
  build: ({ jobId, rows }: { jobId: string; rows: string }) => sql`
    insert into provisioner_job_timings (job_id, started_at, ended_at, stage, source, action, resource)
    select ${jobId}, r.* from jsonb_to_recordset(${rows}::jsonb)
      as r (started_at timestamptz, ended_at timestamptz, stage text, source text, action text, resource text)`,
});

/** Stores how long each phase took; a malformed one is left out rather than failing the build. */
export async function insertTimings(tx: Tx, granted: GrantedJob, timings: readonly JobTiming[]): Promise<void> {
  const sound = timings.filter(isSound);
  if (sound.length === 0) return;
  const rows = sound.map(({ startedAtMs, endedAtMs, stage, source, action, resource }) => ({
    started_at: new Date(startedAtMs),
    ended_at: new Date(endedAtMs),
    stage,
    source: storable(source),
    action: storable(action),
    resource: storable(resource),
  }));
  await store.run(tx, { jobId: granted.object.id, rows: JSON.stringify(rows) });
}

/** Whether both are instants (no NaN, nothing endless), in their order. */
function isSound({ startedAtMs, endedAtMs }: JobTiming): boolean {
  return startedAtMs > 0 && endedAtMs >= startedAtMs && endedAtMs <= latestMs;
}
