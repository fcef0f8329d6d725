import { sql } from "kysely";
import { provisionerType } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import type { WorkerIdentity } from "@hearth/provisioner";
import {
  allColumns,
  computed,
  defineStatement,
  orNull,
  sampleId,
  sampleMs,
  stored,
  type Db,
  type Fragment,
  type Tx,
} from "../ground/database/index.ts";
import { jobSubjectJoins } from "../views/index.ts";
import type { Granted } from "../access/index.ts";
import { untagged } from "./job-row.ts";
import { anywhere, type Requirement } from "./placement.ts";
import { daemonKeptMs, daemonStaleMs } from "./timing.ts";

/** The key of daemons that run inside the server. */
export const builtInKeyId = "00000000-0000-0000-0000-000000000001";

export interface DaemonFacts {
  readonly replicaId: string;
  readonly version: string;
}

const upsert = defineStatement({
  name: "jobs.upsert_daemon",
  columns: { id: stored("provisioner_daemons.id") },
  samples: [
    {
      worker: {
        daemonId: sampleId,
        name: "",
        organizationId: sampleId,
        tags: {},
        languages: ["native"],
        engines: { process: { livesOnHost: true } },
        hostId: sampleId,
      },
      facts: { replicaId: sampleId, version: "" },
      nowMs: sampleMs,
    },
  ],
  build({ worker, facts, nowMs }: { worker: WorkerIdentity; facts: DaemonFacts; nowMs: number }) {
    const now = new Date(nowMs);
    const tags = JSON.stringify({ ...untagged, ...worker.tags });
    return sql`
      insert into provisioner_daemons (id, organization_id, name, tags, languages, engines, host_id, version, api_version, replica_id,
        key_id, last_seen_at, created_at)
      values (${worker.daemonId}, ${worker.organizationId}, ${worker.name}, ${tags}, ${worker.languages}, ${JSON.stringify(worker.engines)},
        ${worker.hostId ?? null}, ${facts.version}, '1.18', ${facts.replicaId}, ${builtInKeyId}, ${now}, ${now})
      on conflict (organization_id, name, lower(coalesce(tags ->> 'owner', ''))) do update
        set last_seen_at = excluded.last_seen_at, gone_at = null, version = excluded.version, replica_id = excluded.replica_id, tags = excluded.tags,
          languages = excluded.languages, engines = excluded.engines, host_id = excluded.host_id
      returning id`;
  },
});

/** Writes down that a daemon is there, and what it offers; the same name in the same organization keeps its row and id. */
export async function upsertDaemon(
  db: Db | Tx,
  granted: Granted<"provisioner_daemon:create", { readonly organizationId: string }>,
  worker: WorkerIdentity,
  facts: DaemonFacts,
  nowMs: number,
): Promise<string> {
  const row = await upsert.first(db, {
    worker: { ...worker, organizationId: granted.object.organizationId },
    facts,
    nowMs,
  });
  if (row === undefined) throw new Error(`The daemon ${worker.name} could not be registered.`);
  return row.id;
}

/** On the daemons of a replica's organization. */
type GrantedDaemons = Granted<"provisioner_daemon:update">;

/** Moves `last_seen_at` of every daemon of this replica, in one statement. Resolves with their number. */
export async function touchDaemons(
  db: Db,
  _granted: GrantedDaemons,
  replicaId: string,
  nowMs: number,
): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable("provisioner_daemons")
    .set({ last_seen_at: new Date(nowMs) })
    .where("replica_id", "=", replicaId)
    .executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

/** Says that the daemons of this replica are gone, so that nobody counts on them until they would be stale. */
export async function forgetDaemons(db: Db, _granted: GrantedDaemons, replicaId: string, nowMs: number): Promise<void> {
  await db
    .updateTable("provisioner_daemons")
    .set({ last_seen_at: null, gone_at: new Date(nowMs) })
    .where("replica_id", "=", replicaId)
    .execute();
}

/**
 * Removes the rows of daemons that nobody has seen for a week, but of those that hold a job. Resolves with their names. The
 * jobs that they ran keep them.
 */
export async function purgeDaemons(
  db: Db,
  _granted: Granted<"provisioner_daemon:delete">,
  nowMs: number,
): Promise<string[]> {
  const longAgo = new Date(nowMs - daemonKeptMs);
  const rows = await db
    .deleteFrom("provisioner_daemons as d")
    .where((where) => where(where.fn.coalesce("d.last_seen_at", "d.gone_at", "d.created_at"), "<", longAgo))
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom("provisioner_jobs as j")
            .select("j.id")
            .whereRef("j.worker_id", "=", "d.id")
            .where("j.started_at", "is not", null)
            .where("j.completed_at", "is", null),
        ),
      ),
    )
    .returning("d.name")
    .execute();
  return rows.map(({ name }) => name);
}

/**
 * An SQL text: why a version's builds would run without a sandbox wherever they ran, null when some daemon that is there
 * has one or none is there. For a statement that has the version as `v`. Which daemon takes a job is not known before, so
 * this is for telling early; the engine that builds has the last word.
 */
export function unsandboxedEverywhere(nowMs: number): Fragment {
  return sql`(
    select case when bool_and(jsonb_exists(d.engines -> v.engine, 'unsandboxed'))
      then max(d.engines -> v.engine ->> 'unsandboxed') end
    from provisioner_jobs dj
    cross join lateral jsonb_populate_record(dj, jsonb_build_object('language', v.language, 'engine', v.engine)) build
    join provisioner_daemons d on may_run(d, build)
    where dj.id = v.job_id and d.last_seen_at > ${new Date(nowMs - daemonStaleMs)})`;
}

const countMatching = defineStatement({
  name: "jobs.count_matching_daemons",
  columns: { count: computed.number, available: computed.number, seen: orNull(computed.instant) },
  samples: [{ job: { organization_id: sampleId, tags: {}, ...anywhere }, nowMs: sampleMs }],
  build: ({ job, nowMs }: { job: Requirement; nowMs: number }) => sql`
    select count(*)::int as count, count(*) filter (where d.last_seen_at > ${new Date(nowMs - daemonStaleMs)})::int as available,
      max(d.last_seen_at) as seen
    from jsonb_populate_record(null::provisioner_jobs, ${JSON.stringify(job)}::jsonb) j
    join provisioner_daemons d on may_run(d, j)`,
});

/** Daemons that may run such a job, and how many of them were seen within 90 s. */
export async function matchedProvisioners(
  db: Db | Tx,
  { organization_id, tags, language, engine, host_id }: Requirement,
  nowMs: number,
): Promise<api.MatchedProvisioners> {
  const job = { organization_id, tags, language, engine, host_id };
  const row = await countMatching.first(db, { job, nowMs });
  return {
    count: row?.count ?? 0,
    available: row?.available ?? 0,
    most_recently_seen: row?.seen?.toISOString() ?? null,
  };
}

const daemonColumns = allColumns("provisioner_daemons");

/** What is shown of a daemon's job `j`. */
const shownJob: Fragment = sql`
  jsonb_build_object('id', j.id, 'status', j.job_status, 'template_name', coalesce(t.name, ''),
    'template_icon', coalesce(t.icon, ''), 'template_display_name', coalesce(t.display_name, '')) as job
  from provisioner_jobs j
  ${jobSubjectJoins}`;

const list = defineStatement({
  name: "jobs.list_daemons",
  columns: {
    ...daemonColumns.shape,
    current_job: orNull(computed.json<api.ProvisionerDaemonJob>()),
    previous_job: orNull(computed.json<api.ProvisionerDaemonJob>()),
  },
  samples: [{ organizationId: sampleId }],
  build: ({ organizationId }: { organizationId: string }) => sql`
    select ${daemonColumns.of("d")}, current.job as current_job, previous.job as previous_job
    from provisioner_daemons d
    left join lateral (
      select ${shownJob} where j.worker_id = d.id and j.completed_at is null and j.started_at is not null
      order by j.started_at desc limit 1) current on true
    left join lateral (
      select ${shownJob} where j.worker_id = d.id and j.completed_at is not null
      order by j.completed_at desc limit 1) previous on true
    where d.organization_id = ${organizationId}
    order by d.created_at desc, d.name`,
});

/** The daemons of an organization, newest first, each with what it does and did last. */
export async function listDaemons(db: Db, organizationId: string, nowMs: number): Promise<api.ProvisionerDaemon[]> {
  const rows = await list.all(db, { organizationId });
  return rows.map((row) => ({
    id: row.id,
    organization_id: row.organization_id,
    key_id: row.key_id,
    created_at: row.created_at.toISOString(),
    ...(row.last_seen_at === null ? {} : { last_seen_at: row.last_seen_at.toISOString() }),
    name: row.name,
    version: row.version,
    api_version: row.api_version,
    provisioners: [provisionerType],
    tags: row.tags,
    key_name: row.key_id === builtInKeyId ? "built-in" : null,
    status:
      row.last_seen_at === null || nowMs - row.last_seen_at.getTime() > daemonStaleMs
        ? "offline"
        : row.current_job === null
          ? "idle"
          : "busy",
    current_job: row.current_job,
    previous_job: row.previous_job,
  }));
}
