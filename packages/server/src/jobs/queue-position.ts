import { sql } from "kysely";
import { computed, defineStatement, sampleId, sampleMs, stored, type Db, type Tx } from "../ground/database/index.ts";
import { daemonStaleMs } from "./timing.ts";

const findPositions = defineStatement({
  name: "jobs.find_positions",
  columns: { id: stored("provisioner_jobs.id"), position: computed.number, size: computed.number },
  samples: [{ jobIds: [sampleId], nowMs: sampleMs }],
  build({ jobIds, nowMs }: { jobIds: readonly string[]; nowMs: number }) {
    return sql`
      with offers as (
        select distinct on (organization_id, tags, languages, engines, host_id) id
        from provisioner_daemons where last_seen_at > ${new Date(nowMs - daemonStaleMs)}
      ), ranked as (
        select j.id, rank() over (partition by d.id order by j.priority, j.created_at) as position,
          count(*) over (partition by d.id) as size
        from offers o join provisioner_daemons d on d.id = o.id
        join provisioner_jobs j on j.started_at is null and j.completed_at is null and j.canceled_at is null
          and may_run(d, j)
      )
      select id, min(position)::int as position, max(size)::int as size from ranked
      where id = any(${[...jobIds]}::uuid[]) group by id`;
  },
});

/**
 * Where pending jobs stand in the queue, by id, against each kind of daemon that lives; jobs that nothing can run, and
 * those that are not pending, are left out (0 of 0). @see spec/builds.md §7.4
 */
export async function queuePositions(
  db: Db | Tx,
  jobIds: readonly string[],
  nowMs: number,
): Promise<Map<string, { position: number; size: number }>> {
  if (jobIds.length === 0) return new Map();
  const rows = await findPositions.all(db, { jobIds, nowMs });
  return new Map(rows.map((row) => [row.id, { position: row.position, size: row.size }]));
}
