import { expressionBuilder, sql } from "kysely";
import {
  computed,
  defineStatement,
  sampleId,
  type Db,
  type Fragment,
  type Tables,
  type Tx,
} from "../ground/database/index.ts";
import type { Granted, Thing } from "../access/index.ts";
import type { HostedWorkspaces, JobRow } from "../jobs/index.ts";

// Where a workspace is: the engine that made what there is of it and, where that lives on one, the host that holds it. Its
// next builds go there. Written with what a build left, so that a first build that left nothing may be done elsewhere.

/** What the next build of a workspace requires: what made it, where it is; of one that is nowhere yet, the version's. */
export function requirementOf(
  workspaceId: string,
  version: { readonly language: JobRow["language"]; readonly engine: JobRow["engine"] },
) {
  const eb = expressionBuilder<Tables>();
  const place = eb.selectFrom("workspace_placements as p").where("p.workspace_id", "=", workspaceId);
  return {
    language: version.language,
    engine: eb.fn.coalesce(place.select("p.engine"), eb.val(version.engine)),
    host_id: place.select("p.host_id").$asScalar(),
  };
}

/** A text that writes down where the build of this job left something, for a `with`. */
export function placedBy(job: Pick<JobRow, "engine" | "worker_host_id">, workspaceId: string): Fragment {
  return sql`
    insert into workspace_placements (workspace_id, engine, host_id)
    select ${workspaceId}, ${job.engine}::text, ${job.worker_host_id}::uuid where ${job.engine}::text is not null
    on conflict (workspace_id) do update set engine = excluded.engine, host_id = excluded.host_id
      where (workspace_placements.engine, workspace_placements.host_id) is distinct from (excluded.engine, excluded.host_id)`;
}

const place = defineStatement({
  name: "workspaces.place",
  columns: {},
  samples: [{ job: { engine: "process" as const, worker_host_id: sampleId }, workspaceId: sampleId }],
  build: ({ job, workspaceId }: { job: Pick<JobRow, "engine" | "worker_host_id">; workspaceId: string }) =>
    placedBy(job, workspaceId),
});

/** Writes down where the build of this job left something. */
export async function placeWorkspace(
  tx: Tx,
  { object }: Granted<"workspace:update", Thing>,
  job: JobRow,
): Promise<void> {
  await place.run(tx, { job, workspaceId: object.id });
}

const findRunning = defineStatement({
  name: "workspaces.find_running_on_host",
  columns: { id: computed.uuid },
  samples: [{ engine: "process", hostId: sampleId }],
  mayScan: ["workspace_placements"],
  build: ({ engine, hostId }: { engine: string; hostId: string }) => sql`
    select w.id
    from workspace_placements p join workspaces w on w.id = p.workspace_id
    cross join lateral latest_build(w.id) b
    join provisioner_jobs j on j.id = b.job_id
    where p.engine = ${engine} and p.host_id = ${hostId} and not w.deleted and b.transition = 'start'
      -- The last build was a start that succeeded, or a claim of one, whatever became of it.
      and (j.job_status = 'succeeded' or b.stage = 'claim')`,
});

const findStrays = defineStatement({
  name: "workspaces.find_strays",
  columns: { id: computed.uuid, is_unknown: computed.boolean },
  samples: [{ hostId: sampleId, held: [sampleId] }],
  build: ({ hostId, held }: { hostId: string; held: readonly string[] }) => sql`
    select h.id, w.id is null or not w.deleted as is_unknown
    from unnest(${[...held]}::uuid[]) h(id)
    left join workspaces w on w.id = h.id
    left join workspace_placements p on p.workspace_id = h.id
    where w.id is null or ((w.deleted or p.host_id <> ${hostId})
      and not exists (
        select from workspace_builds b join provisioner_jobs j on j.id = b.job_id
        where b.workspace_id = w.id and j.completed_at is null))`,
});

/** What the daemons of a host ask about the workspaces that live on it. */
export function hostedWorkspaces(db: Db): HostedWorkspaces {
  return {
    async adopt(_granted: Granted<"workspace:update">, { engine, hostId }, held) {
      if (held.length === 0) return;
      await db
        .updateTable("workspace_placements")
        .set({ host_id: hostId })
        .where("workspace_id", "in", [...held])
        .where("engine", "=", engine)
        .where("host_id", "is", null)
        .execute();
    },
    async running(_granted, where) {
      return (await findRunning.all(db, where)).map(({ id }) => id);
    },
    async strays(_granted, { hostId }, held) {
      const rows = await findStrays.all(db, { hostId, held });
      const idsOf = (isUnknown: boolean) => rows.filter((row) => row.is_unknown === isUnknown).map(({ id }) => id);
      return { gone: idsOf(false), unknown: idsOf(true) };
    },
  };
}
