import { sql } from "kysely";
import { prebuildsUserId } from "@hearth/sdk";
import { computed, defineStatement, sampleMs, type Db } from "../ground/database/index.ts";
import { isClaimable } from "./claimable.ts";

const count = defineStatement({
  name: "prebuilds.count_warm",
  columns: { wanted: computed.number, ready: computed.number },
  samples: [{ nowMs: sampleMs }],
  build: ({ nowMs }: { nowMs: number }) => sql`
    select
      (select coalesce(sum(p.desired_instances), 0)::int from template_version_presets p
        join templates t on t.active_version_id = p.template_version_id and not t.deleted and t.deprecated = '') as wanted,
      (select count(*)::int from workspaces w
        cross join lateral latest_build(w.id) b
        join provisioner_jobs j on j.id = b.job_id
        where w.owner_id = ${sql.lit(prebuildsUserId)} and not w.deleted
          and b.transition = 'start' and j.job_status = 'succeeded' and ${isClaimable(nowMs)}) as ready`,
});

/** How many warm workspaces all pools want, and how many there are that a claim may take. */
export async function countWarm(db: Db, nowMs: number): Promise<{ wanted: number; ready: number }> {
  return (await count.first(db, { nowMs })) ?? { wanted: 0, ready: 0 };
}
