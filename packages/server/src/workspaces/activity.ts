import { sql } from "kysely";
import { prebuildsUserId } from "@hearth/sdk";
import type { Granted, Thing } from "../access/index.ts";
import { defineStatement, sampleId, sampleMs, transaction, type Acting, type Db } from "../ground/database/index.ts";

/** The first thing to fail when the database is loaded: nobody waits for it. @see spec/builds.md §14 */
const timeoutMs = 15_000;

const limitTime = defineStatement({
  name: "workspaces.limit_activity_time",
  columns: {},
  samples: [{}],
  build: () => sql`set local statement_timeout = ${sql.lit(timeoutMs)}`,
});

const record = defineStatement({
  name: "workspaces.record_activity",
  columns: {},
  samples: [{ workspaceIds: [sampleId], nowMs: sampleMs }],
  build({ workspaceIds, nowMs }: { workspaceIds: readonly string[]; nowMs: number }) {
    const now = sql`${new Date(nowMs)}::timestamptz`;
    return sql`
      with used as (
        update workspaces set last_used_at = greatest(last_used_at, ${now}) where id = any(${[...workspaceIds]}::uuid[])
        returning *
      ), bumped as (
        select b.id, greatest(b.deadline, ${now} + bump.length) as deadline, b.max_deadline
        from used w
        join templates t on t.id = w.template_id and t.activity_bump > 0
        join lateral latest_build(w.id) b
          on b.transition = 'start' and b.deadline is not null
        join provisioner_jobs j on j.id = b.job_id and j.completed_at is not null
        cross join lateral (select t.activity_bump / 1000 * interval '1 microsecond' as base,
          coalesce(case when t.allow_user_autostop then w.ttl else t.default_ttl end, 0) / 1000 * interval '1 microsecond' as ttl) length
        cross join lateral (select case when w.next_start_at > ${now} and ${now} + length.base > w.next_start_at
          then w.next_start_at - ${now} + length.ttl else length.base end as length) bump
        where w.owner_id <> ${prebuildsUserId} and b.deadline - bump.length * 0.95 < ${now}
      )
      update workspace_builds b set deadline = least(bumped.deadline, coalesce(bumped.max_deadline, bumped.deadline)), updated_at = ${now}
      from bumped where b.id = bumped.id and b.deadline is distinct from least(bumped.deadline, coalesce(bumped.max_deadline, bumped.deadline))`;
  },
});

/**
 * Notes that these workspaces are in use: `last_used_at` moves, and the deadline of a running build is pushed by its
 * template's bump. One statement for any number of workspaces.
 *
 * The deadline moves only once 5 % of the bump has passed since it was last set, never backwards, and never past the
 * latest that the template allows. Activity that reaches over the next autostart counts as if that start had happened.
 * Workspaces of the pool have no deadline. @see spec/builds.md §14
 */
export async function recordActivity(
  ctx: Acting,
  db: Db,
  used: readonly Granted<"workspace:update", Thing>[],
  nowMs: number,
): Promise<void> {
  if (used.length === 0) return;
  await transaction(ctx, db, { name: "record_activity" }, async (tx) => {
    await limitTime.run(tx, {});
    await record.run(tx, { workspaceIds: used.map(({ object }) => object.id), nowMs });
  });
}
