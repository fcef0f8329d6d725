import { sql, type RawBuilder, type Selectable } from "kysely";
import type * as api from "@hearth/sdk";
import type { WorkerIdentity } from "@hearth/provisioner";
import type { Db, Tables, Tx } from "../ground/database/index.ts";
import { untagged, type JobRow } from "./job-row.ts";
import { daemonStaleMs } from "./timing.ts";

/** The key of daemons that run inside the server. */
export const builtInKeyId = "00000000-0000-0000-0000-000000000001";

export interface DaemonFacts {
  readonly organizationId: string;
  readonly replicaId: string;
  readonly version: string;
  /** Its engines whose workspaces share its host without a sandbox, each with why. @default none */
  readonly unsandboxed?: Readonly<Record<string, string>> | undefined;
}

/** Writes down that a daemon is there; the same name in the same organization keeps its row and id. */
export async function upsertDaemon(
  db: Db | Tx,
  worker: Pick<WorkerIdentity, "daemonId" | "name" | "tags">,
  facts: DaemonFacts,
  nowMs: number,
): Promise<string> {
  const now = new Date(nowMs);
  const tags = JSON.stringify({ ...untagged, ...worker.tags });
  const { rows } = await sql<{ id: string }>`
    insert into provisioner_daemons (id, organization_id, name, provisioners, tags, version, api_version, replica_id, key_id, unsandboxed,
      last_seen_at, created_at)
    values (${worker.daemonId}, ${facts.organizationId}, ${worker.name}, '{terraform}', ${tags}, ${facts.version}, '1.18', ${facts.replicaId},
      ${builtInKeyId}, ${JSON.stringify(facts.unsandboxed ?? {})}, ${now}, ${now})
    on conflict (organization_id, name, lower(coalesce(tags ->> 'owner', ''))) do update
      set last_seen_at = excluded.last_seen_at, version = excluded.version, replica_id = excluded.replica_id, tags = excluded.tags,
        unsandboxed = excluded.unsandboxed
    returning id`.execute(db);
  const id = rows[0]?.id;
  if (id === undefined) throw new Error(`The daemon ${worker.name} could not be registered.`);
  return id;
}

/** Moves `last_seen_at` of every daemon of this replica, in one statement. */
export async function touchDaemons(db: Db, replicaId: string, nowMs: number): Promise<void> {
  await db
    .updateTable("provisioner_daemons")
    .set({ last_seen_at: new Date(nowMs) })
    .where("replica_id", "=", replicaId)
    .execute();
}

/** Says that the daemons of this replica are gone, so that nobody counts on them until they would be stale. */
export async function forgetDaemons(db: Db, replicaId: string): Promise<void> {
  await db.updateTable("provisioner_daemons").set({ last_seen_at: null }).where("replica_id", "=", replicaId).execute();
}

/**
 * An SQL text: why a version's builds would run without a sandbox wherever they ran, null when some daemon that is there
 * has one or none is there. For a statement that has the version as `v`. Which daemon takes a job is not known before, so
 * this is for telling early; the engine that builds has the last word.
 */
export function unsandboxedEverywhere(nowMs: number): RawBuilder<string | null> {
  return sql`(
    select case when bool_and(jsonb_exists(d.unsandboxed, v.engine)) then max(d.unsandboxed ->> v.engine) end
    from provisioner_daemons d join provisioner_jobs dj on dj.id = v.job_id
    where d.organization_id = v.organization_id and dj.tags - 'owner' <@ d.tags
      and d.last_seen_at > ${new Date(nowMs - daemonStaleMs)})`;
}

/** Daemons that could run a job with these tags, and how many of them were seen within 90 s. */
export async function matchedProvisioners(
  db: Db | Tx,
  job: Pick<JobRow, "organization_id" | "tags">,
  nowMs: number,
): Promise<api.MatchedProvisioners> {
  const tags = JSON.stringify(job.tags);
  const plain = JSON.stringify(untagged);
  const { rows } = await sql<{ count: number; available: number; seen: Date | null }>`
    select count(*)::int as count, count(*) filter (where last_seen_at > ${new Date(nowMs - daemonStaleMs)})::int as available,
      max(last_seen_at) as seen
    from provisioner_daemons
    where organization_id = ${job.organization_id} and ${tags}::jsonb <@ tags
      and (${tags}::jsonb <> ${plain}::jsonb or tags = ${plain}::jsonb)`.execute(db);
  const row = rows[0];
  return {
    count: row?.count ?? 0,
    available: row?.available ?? 0,
    most_recently_seen: row?.seen?.toISOString() ?? null,
  };
}

/** The daemons of an organization, newest first, each with what it does and did last. */
export async function listDaemons(db: Db, organizationId: string, nowMs: number): Promise<api.ProvisionerDaemon[]> {
  interface Jobs {
    current_job: api.ProvisionerDaemonJob | null;
    previous_job: api.ProvisionerDaemonJob | null;
  }
  const { rows } = await sql<Selectable<Tables["provisioner_daemons"]> & Jobs>`
    select d.*, current.job as current_job, previous.job as previous_job
    from provisioner_daemons d
    left join lateral (
      select jsonb_build_object('id', j.id, 'status', j.job_status, 'template_name', coalesce(t.name, ''),
        'template_icon', coalesce(t.icon, ''), 'template_display_name', coalesce(t.display_name, '')) as job
      from provisioner_jobs j
      left join workspace_builds b on b.job_id = j.id
      left join template_versions v on v.job_id = j.id or v.id = b.template_version_id
      left join templates t on t.id = v.template_id
      where j.worker_id = d.id and j.completed_at is null and j.started_at is not null
      order by j.started_at desc limit 1) current on true
    left join lateral (
      select jsonb_build_object('id', j.id, 'status', j.job_status, 'template_name', coalesce(t.name, ''),
        'template_icon', coalesce(t.icon, ''), 'template_display_name', coalesce(t.display_name, '')) as job
      from provisioner_jobs j
      left join workspace_builds b on b.job_id = j.id
      left join template_versions v on v.job_id = j.id or v.id = b.template_version_id
      left join templates t on t.id = v.template_id
      where j.worker_id = d.id and j.completed_at is not null
      order by j.completed_at desc limit 1) previous on true
    where d.organization_id = ${organizationId}
    order by d.created_at desc, d.name`.execute(db);
  return rows.map((row) => ({
    id: row.id,
    organization_id: row.organization_id,
    key_id: row.key_id,
    created_at: row.created_at.toISOString(),
    ...(row.last_seen_at === null ? {} : { last_seen_at: row.last_seen_at.toISOString() }),
    name: row.name,
    version: row.version,
    api_version: row.api_version,
    provisioners: ["terraform"],
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
