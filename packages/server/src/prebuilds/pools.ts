import { sql } from "kysely";
import type * as api from "@hearth/sdk";
import type { Clock } from "@hearth/base";
import {
  computed,
  defineStatement,
  orNull,
  sampleId,
  stored,
  transaction,
  type Db,
  type RowOf,
  type Tx,
} from "../ground/database/index.ts";
import type { Context, Granted, Thing } from "../access/index.ts";
import type { PoolRules } from "./plan-pool.ts";
import { timeToReadyMs } from "../workspaces/index.ts";
import { poolState } from "./pool-state.ts";
import { viewsOf } from "./pool-view.ts";
import { readSnapshot } from "./snapshot.ts";

/** How many of the latest creations tell how long the next one takes. */
const recentCreations = 20;

/** The pools of a template's active version, presets without a pool among them, the default first. */
export async function listPools(
  ctx: Context,
  { db, clock, rules, allowUnsandboxed }: { db: Db; clock: Clock; rules: PoolRules; allowUnsandboxed: boolean },
  granted: Granted<"template:read", Thing>,
  activeVersionId: string,
): Promise<api.Pool[]> {
  return await transaction(
    ctx,
    db,
    { name: "list_pools", isolation: "repeatable read", readOnly: true, clock },
    async (tx) => {
      const nowMs = clock.now();
      const presets = await readPresets(tx, activeVersionId);
      const snapshot = await readSnapshot(tx, granted, {
        rules,
        nowMs,
        allowUnsandboxed,
        templateId: granted.object.id,
      });
      const withPool = new Set(snapshot.presets.map(({ id }) => id));
      const views = viewsOf(snapshot);
      return presets.map((preset) => {
        const state = withPool.has(preset.id) ? poolState(views.get(preset.id), nowMs) : undefined;
        const ready = state?.eligible ?? 0;
        return {
          preset_id: preset.id,
          preset_name: preset.name,
          is_default: preset.is_default,
          desired: state?.desired ?? null,
          ready,
          building: (state?.starting ?? 0) + (state === undefined ? 0 : state.running.length - ready),
          expected_wait_ms: (ready > 0 ? preset.claimed_ms : preset.built_ms) ?? null,
          status: preset.prebuild_status,
          status_detail: preset.prebuild_status_detail,
        };
      });
    },
  );
}

const findPresets = defineStatement({
  name: "prebuilds.pool_presets",
  columns: {
    id: stored("template_version_presets.id"),
    name: stored("template_version_presets.name"),
    is_default: stored("template_version_presets.is_default"),
    prebuild_status: stored("template_version_presets.prebuild_status"),
    prebuild_status_detail: stored("template_version_presets.prebuild_status_detail"),
    claimed_ms: orNull(computed.number),
    built_ms: orNull(computed.number),
  },
  samples: [{ versionId: sampleId }],
  build: ({ versionId }: { versionId: string }) => sql`
    with recent as (
      select b.template_version_preset_id as preset_id, b.stage, b.job_id, b.created_at,
        row_number() over (partition by b.template_version_preset_id, b.stage order by b.created_at desc) as place
      from workspace_builds b
      where b.template_version_id = ${versionId} and b.transition = 'start'
        and (b.stage = 'claim' or b.stage = 'none' and b.build_number = 1)
    ), waits as (
      select r.preset_id, r.stage, ${timeToReadyMs("r")} as ms from recent r where r.place <= ${recentCreations}
    )
    select p.id, p.name, p.is_default, p.prebuild_status, p.prebuild_status_detail,
      (select round(percentile_cont(0.5) within group (order by ms))::bigint from waits
        where preset_id = p.id and stage = 'claim') as claimed_ms,
      (select round(percentile_cont(0.5) within group (order by ms))::bigint from waits
        where preset_id = p.id and stage = 'none') as built_ms
    from template_version_presets p
    where p.template_version_id = ${versionId}
    order by p.is_default desc, p.name`,
});

/** With the median time from request to ready of the latest claims, and of the latest fresh builds. */
async function readPresets(tx: Tx, versionId: string): Promise<RowOf<typeof findPresets>[]> {
  return await findPresets.all(tx, { versionId });
}
