import { sql } from "kysely";
import { prebuildsUserId } from "@hearth/sdk";
import type { Granted } from "../access/index.ts";
import {
  computed,
  defineStatement,
  notNull,
  orNull,
  sampleId,
  sampleMs,
  stored,
  type Fragment,
  type Tx,
} from "../ground/database/index.ts";
import {
  refusalOfUnsandboxed,
  sandboxColumns,
  toSandboxFacts,
  type SandboxFacts,
  type SandboxRecord,
} from "../workspaces/index.ts";
import { isClaimable, lostSince, poolPreset } from "./claimable.ts";
import type {
  BuildsInProgress,
  PoolPreset,
  PoolSchedule,
  PoolSnapshot,
  RecentFailures,
  RunningPrebuild,
} from "./pool-view.ts";
import type { PoolRules } from "./plan-pool.ts";

export interface SnapshotOptions {
  readonly rules: PoolRules;
  readonly nowMs: number;
  /** `HEARTH_ALLOW_UNSANDBOXED=1`. */
  readonly allowUnsandboxed: boolean;
  /** Only the pools of this template. */
  readonly templateId?: string | undefined;
}

const poolOwner = sql.lit(prebuildsUserId);

/**
 * Everything that the pools are decided by, in seven statements whatever their number; one when there is no pool. Run it
 * in a repeatable-read transaction, so that the seven agree. @see spec/prebuilds.md §6
 */
export async function readSnapshot(
  tx: Tx,
  /** On the one template, or on any. */
  _granted: Granted<"template:read">,
  options: SnapshotOptions,
): Promise<PoolSnapshot> {
  const presets = await readPresets(tx, options);
  const nothing = {
    presets,
    schedules: new Map(),
    running: [],
    inProgress: [],
    pending: new Map(),
    failures: [],
    hardLimited: new Set<string>(),
  };
  if (presets.length === 0) return nothing;
  return {
    presets,
    schedules: await readSchedules(tx, options),
    running: await readRunning(tx, options),
    inProgress: await readInProgress(tx, options),
    pending: await readPending(tx, options),
    failures: await readFailures(tx, options),
    hardLimited: await readHardLimited(tx, options),
  };
}

/** The snapshot of all pools, and of one template's. */
const samples: SnapshotOptions[] = [
  {
    rules: { backoffIntervalMs: 1, backoffLookbackMs: 1, failureHardLimit: 3 },
    nowMs: sampleMs,
    allowUnsandboxed: false,
  },
  {
    rules: { backoffIntervalMs: 1, backoffLookbackMs: 1, failureHardLimit: 3 },
    nowMs: sampleMs,
    allowUnsandboxed: true,
    templateId: sampleId,
  },
];

const findPresets = defineStatement({
  name: "prebuilds.snapshot_presets",
  columns: {
    id: stored("template_version_presets.id"),
    name: stored("template_version_presets.name"),
    template_id: stored("templates.id"),
    template_name: stored("templates.name"),
    organization_id: stored("templates.organization_id"),
    version_id: stored("template_versions.id"),
    version_name: stored("template_versions.name"),
    uses_active_version: computed.boolean,
    deleted: stored("templates.deleted"),
    deprecated: computed.boolean,
    desired_instances: notNull(stored("template_version_presets.desired_instances")),
    timezone: stored("template_version_presets.scheduling_timezone"),
    ttl_seconds: computed.number,
    status: stored("template_version_presets.prebuild_status"),
    status_detail: stored("template_version_presets.prebuild_status_detail"),
    last_invalidated_at: stored("template_version_presets.last_invalidated_at"),
    sandbox: orNull(computed.json<SandboxRecord>()),
  },
  samples,
  build: (options: SnapshotOptions) => sql`
    select p.id, p.name, t.id as template_id, t.name as template_name, t.organization_id, v.id as version_id,
      v.name as version_name, v.id = t.active_version_id as uses_active_version, t.deleted, t.deprecated <> '' as deprecated,
      p.desired_instances, p.scheduling_timezone as timezone, coalesce(p.invalidate_after_secs, 0) as ttl_seconds,
      p.prebuild_status as status, p.prebuild_status_detail as status_detail, p.last_invalidated_at,
      ${options.allowUnsandboxed ? sql`null::json` : sandboxOfActive(options.nowMs)} as sandbox
    from template_version_presets p
    join template_versions v on v.id = p.template_version_id
    join templates t on t.id = v.template_id
    where p.desired_instances is not null and ${only(options, sql`t.id`)}
    order by t.name, p.name, p.id`,
});

async function readPresets(tx: Tx, options: SnapshotOptions): Promise<PoolPreset[]> {
  const rows = await findPresets.all(tx, options);
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    templateId: row.template_id,
    templateName: row.template_name,
    organizationId: row.organization_id,
    versionId: row.version_id,
    versionName: row.version_name,
    usesActiveVersion: row.uses_active_version,
    isTemplateDeleted: row.deleted,
    isTemplateDeprecated: row.deprecated,
    desiredInstances: row.desired_instances,
    timezone: row.timezone,
    ttlSeconds: row.ttl_seconds,
    status: row.status,
    statusDetail: row.status_detail,
    refusal: row.sandbox === null ? undefined : refusalOfPool(toSandboxFacts(row.sandbox)),
    lastInvalidatedAtMs: row.last_invalidated_at?.getTime(),
  }));
}

/** Of active versions, where some daemon has no sandbox at all: everywhere else it costs nothing. */
function sandboxOfActive(nowMs: number): Fragment {
  return sql`case when v.id = t.active_version_id and exists (
      select from provisioner_daemons d cross join lateral jsonb_each(d.engines) e where jsonb_exists(e.value, 'unsandboxed'))
    then (select row_to_json(facts) from (select ${sandboxColumns(nowMs)}) facts) end`;
}

/** Why the pool may build nothing of the version where it would be built; undefined: it may. */
function refusalOfPool(facts: SandboxFacts): string | undefined {
  if (facts.unsandboxed === undefined) return undefined;
  const why = refusalOfUnsandboxed({ ...facts, isAllowedForAll: false, owner: undefined, valueGivers: [] });
  return why === undefined
    ? undefined
    : `There is no sandbox here (${facts.unsandboxed}), and ${why}: an owner must write and promote the version.`;
}

const findSchedules = defineStatement({
  name: "prebuilds.snapshot_schedules",
  columns: {
    preset_id: stored("template_version_preset_prebuild_schedules.preset_id"),
    schedules: computed.json<PoolSchedule[]>(),
  },
  samples,
  build: (options: SnapshotOptions) => sql`
    select s.preset_id, json_agg(json_build_object('cron', s.cron_expression, 'instances', s.desired_instances)
      order by s.position, s.id) as schedules
    from templates t
    join template_version_presets p on p.template_version_id = t.active_version_id
    join template_version_preset_prebuild_schedules s on s.preset_id = p.id
    where not t.deleted and t.deprecated = '' and ${only(options, sql`t.id`)}
    group by s.preset_id`,
});

/** Of active presets alone: nobody asks what an old one's schedule says. */
async function readSchedules(tx: Tx, options: SnapshotOptions): Promise<Map<string, PoolSchedule[]>> {
  const rows = await findSchedules.all(tx, options);
  return new Map(rows.map((row) => [row.preset_id, row.schedules]));
}

const findRunning = defineStatement({
  name: "prebuilds.snapshot_running",
  columns: {
    id: stored("workspaces.id"),
    created_at: stored("workspaces.created_at"),
    preset_id: orNull(computed.uuid),
    is_claimable: computed.boolean,
    lost_since: orNull(computed.instant),
  },
  samples,
  build: (options: SnapshotOptions) => sql`
    select w.id, w.created_at, ${poolPreset} as preset_id,
      ${isClaimable(options.nowMs)} as is_claimable, ${lostSince(options.nowMs)} as lost_since
    from workspaces w
    cross join lateral latest_build(w.id) b
    join provisioner_jobs j on j.id = b.job_id
    where w.owner_id = ${poolOwner} and not w.deleted and b.transition = 'start' and j.job_status = 'succeeded'
      and ${only(options, sql`w.template_id`)}`,
});

async function readRunning(tx: Tx, options: SnapshotOptions): Promise<RunningPrebuild[]> {
  const rows = await findRunning.all(tx, options);
  return rows.map((row) => ({
    id: row.id,
    presetId: row.preset_id,
    isClaimable: row.is_claimable,
    lostSinceMs: row.lost_since?.getTime(),
    createdAtMs: row.created_at.getTime(),
  }));
}

/** Indexes: provisioner_jobs_queue_idx and provisioner_jobs_running_idx, which hold what is unfinished and nothing else. */
const unfinishedJobs: Fragment = sql`(
  select id, initiator_id, true as is_pending from provisioner_jobs
  where started_at is null and completed_at is null and canceled_at is null
  union all
  select id, initiator_id, false from provisioner_jobs
  where started_at is not null and completed_at is null and canceled_at is null)`;

const findInProgress = defineStatement({
  name: "prebuilds.snapshot_in_progress",
  columns: {
    preset_id: stored("workspace_builds.template_version_preset_id"),
    transition: stored("workspace_builds.transition"),
    count: computed.number,
  },
  samples,
  build: (options: SnapshotOptions) => sql`
    select b.template_version_preset_id as preset_id, b.transition, count(*)::int as count
    from ${unfinishedJobs} j
    join workspace_builds b on b.job_id = j.id
    join workspaces w on w.id = b.workspace_id
    join templates t on t.id = w.template_id and t.active_version_id = b.template_version_id
    where j.initiator_id = ${poolOwner} and b.initiator_id = ${poolOwner} and ${only(options, sql`w.template_id`)}
      and b.id = (select latest.id from latest_build(w.id) latest)
    group by b.template_version_preset_id, b.transition`,
});

async function readInProgress(tx: Tx, options: SnapshotOptions): Promise<BuildsInProgress[]> {
  const rows = await findInProgress.all(tx, options);
  return rows.map((row) => ({ presetId: row.preset_id, transition: row.transition, count: row.count }));
}

const findPending = defineStatement({
  name: "prebuilds.snapshot_pending",
  columns: { preset_id: notNull(stored("workspace_builds.template_version_preset_id")), count: computed.number },
  samples,
  build: (options: SnapshotOptions) => sql`
    select b.template_version_preset_id as preset_id, count(*)::int as count
    from ${unfinishedJobs} j
    join workspace_builds b on b.job_id = j.id
    join workspaces w on w.id = b.workspace_id
    join templates t on t.id = w.template_id and t.active_version_id <> b.template_version_id
    where j.is_pending and j.initiator_id = ${poolOwner} and b.initiator_id = ${poolOwner} and b.build_number = 1
      and b.transition = 'start' and b.template_version_preset_id is not null and ${only(options, sql`w.template_id`)}
    group by b.template_version_preset_id`,
});

async function readPending(tx: Tx, options: SnapshotOptions): Promise<Map<string, number>> {
  const rows = await findPending.all(tx, options);
  return new Map(rows.map((row) => [row.preset_id, row.count]));
}

/**
 * The base of backoff and hard limit: latest builds of the pool's workspaces that are starts with a preset. Only presets
 * with a failure among them can matter, and those are few.
 */
function creations(options: SnapshotOptions): Fragment {
  return sql`
    select b.template_version_preset_id as preset_id, b.template_version_id, b.created_at, j.job_status = 'failed' as is_failed,
      row_number() over (partition by b.template_version_preset_id order by b.created_at desc, b.id) as place
    from workspaces w
    cross join lateral latest_build(w.id) b
    join provisioner_jobs j on j.id = b.job_id
    where w.owner_id = ${poolOwner} and not w.deleted and b.transition = 'start' and b.template_version_preset_id is not null
      and ${only(options, sql`w.template_id`)}`;
}

const findFailures = defineStatement({
  name: "prebuilds.snapshot_failures",
  columns: {
    preset_id: notNull(stored("workspace_builds.template_version_preset_id")),
    failures: computed.number,
    last_build_at: computed.instant,
  },
  samples,
  build(options: SnapshotOptions) {
    const since = sql`${new Date(options.nowMs - options.rules.backoffLookbackMs)}::timestamptz`;
    return sql`
    with creations as (${creations(options)})
    select c.preset_id, count(*)::int as failures, max(c.created_at) as last_build_at
    from creations c
    join template_version_presets p on p.id = c.preset_id
    join templates t on t.active_version_id = c.template_version_id and not t.deleted
    where c.is_failed and c.created_at >= ${since}
    group by c.preset_id, p.desired_instances
    having bool_or(c.place <= greatest(1, p.desired_instances, (
      select max(s.desired_instances) from template_version_preset_prebuild_schedules s where s.preset_id = c.preset_id)))`;
  },
});

async function readFailures(tx: Tx, options: SnapshotOptions): Promise<RecentFailures[]> {
  const rows = await findFailures.all(tx, options);
  return rows.map((row) => ({
    presetId: row.preset_id,
    failures: row.failures,
    lastBuildAtMs: row.last_build_at.getTime(),
  }));
}

const findHardLimited = defineStatement({
  name: "prebuilds.snapshot_hard_limited",
  columns: { preset_id: notNull(stored("workspace_builds.template_version_preset_id")) },
  samples,
  build: (options: SnapshotOptions) => sql`
    with creations as (${creations(options)})
    select c.preset_id from creations c where c.place <= ${options.rules.failureHardLimit}
    group by c.preset_id having count(*) = ${options.rules.failureHardLimit} and bool_and(c.is_failed)`,
});

async function readHardLimited(tx: Tx, options: SnapshotOptions): Promise<Set<string>> {
  if (options.rules.failureHardLimit <= 0) return new Set();
  const rows = await findHardLimited.all(tx, options);
  return new Set(rows.map((row) => row.preset_id));
}

function only({ templateId }: SnapshotOptions, column: Fragment): Fragment {
  return templateId === undefined ? sql`true` : sql`${column} = ${templateId}`;
}
