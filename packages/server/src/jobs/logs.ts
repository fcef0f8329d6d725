import { sql } from "kysely";
import type { JobLogLine } from "@hearth/provisioner";
import type * as api from "@hearth/sdk";
import {
  afterCommit,
  computed,
  defineQuery,
  defineStatement,
  isWithin,
  sampleId,
  type Db,
  type IdRange,
  type Tx,
} from "../ground/database/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import type { GrantedJob, QueueGrant } from "./job-grant.ts";
import { storable } from "./storable.ts";
import { logBudgetBytes, maxLineLength } from "./timing.ts";

const overflowNotice = "Provisioner logs exceeded the limit of 1 MiB: further lines are left out.";

/**
 * What of `lines` fits into the budget, as it is stored; the line that would not is replaced by one notice, the rest is
 * dropped. Bytes are counted after the cut and the replacements, which may make a line longer.
 */
export function fitLines(
  lines: readonly JobLogLine[],
  usedBytes: number,
): { lines: JobLogLine[]; addedBytes: number; overflowed: boolean } {
  const fitting: JobLogLine[] = [];
  const noticeBytes = Buffer.byteLength(overflowNotice);
  let added = 0;
  for (const line of lines) {
    const output = storable(Array.from(line.output).slice(0, maxLineLength).join(""));
    const bytes = Buffer.byteLength(output);
    if (usedBytes + added + bytes + noticeBytes > logBudgetBytes) {
      fitting.push({ ...line, level: "warn", output: overflowNotice });
      return { lines: fitting, addedBytes: added + noticeBytes, overflowed: true };
    }
    fitting.push({ ...line, output });
    added += bytes;
  }
  return { lines: fitting, addedBytes: added, overflowed: false };
}

interface StoredLines {
  readonly jobId: string;
  /** An array as JSON, of rows. */
  readonly lines: string;
  readonly addedBytes: number;
  readonly overflowed: boolean;
}

/** The lines as one parameter: the text is the same for any number, so that it is planned once. */
const store = defineStatement({
  name: "jobs.insert_logs",
  columns: { first: computed.number },
  samples: [{ jobId: sampleId, lines: "[]", addedBytes: 1, overflowed: false }],
  build: ({ jobId, lines, addedBytes, overflowed }: StoredLines) => sql`
    with lines as (
      insert into provisioner_job_logs (job_id, created_at, source, level, stage, output)
      select ${jobId}, r.created_at, r.source, r.level, r.stage, r.output
      from rows from (jsonb_to_recordset(${lines}::jsonb)
        as (created_at timestamptz, source text, level text, stage text, output text)) with ordinality
        as r (created_at, source, level, stage, output, place)
      order by r.place
      returning id
    )
    update provisioner_jobs set logs_length = logs_length + ${addedBytes}, logs_overflowed = ${overflowed}
    where id = ${jobId} returning (select min(id) from lines) as first`,
});

/**
 * Stores lines of a job within its budget of 1 MiB and tells its followers after the commit.
 * @see spec/builds.md §11
 */
export async function insertLogs(
  tx: Tx,
  pubsub: PubSub,
  _granted: GrantedJob | QueueGrant,
  job: { id: string; logs_length: number; logs_overflowed: boolean },
  lines: readonly JobLogLine[],
): Promise<void> {
  if (lines.length === 0 || job.logs_overflowed) return;
  const fit = fitLines(lines, job.logs_length);
  const records = fit.lines.map(({ createdAtMs, source, level, stage, output }) => ({
    created_at: new Date(createdAtMs),
    source,
    level,
    stage: storable(stage.slice(0, 128)),
    output,
  }));
  const stored = await store.first(tx, {
    jobId: job.id,
    lines: JSON.stringify(records),
    addedBytes: fit.addedBytes,
    overflowed: fit.overflowed,
  });
  const first = stored?.first ?? 0;
  afterCommit(tx, () => pubsub.publish("job_logs", job.id, { created_after: first - 1 }));
}

/** Tells followers, once `tx` has committed, that no line will come any more. */
export function announceEndOfLogs(tx: Tx, pubsub: PubSub, jobId: string): void {
  afterCommit(tx, () => pubsub.publish("job_logs", jobId, { end_of_logs: true }));
}

const findLines = defineQuery({
  name: "jobs.list_logs",
  samples: [
    { jobId: sampleId, range: {} },
    { jobId: sampleId, range: { afterId: 1, beforeId: 2 } },
  ],
  build: (db, { jobId, range }: { jobId: string; range: IdRange }) =>
    db.selectFrom("provisioner_job_logs").selectAll().where("job_id", "=", jobId).where(isWithin(range)).orderBy("id"),
});

/** Stored lines in order. Index: provisioner_job_logs_job_id_id_idx. */
export async function listLogs(db: Db | Tx, jobId: string, range: IdRange = {}): Promise<api.ProvisionerJobLog[]> {
  const rows = await findLines(db, { jobId, range }).execute();
  return rows.map((row) => ({
    id: row.id,
    created_at: row.created_at.toISOString(),
    log_source: row.source,
    log_level: row.level,
    stage: row.stage,
    output: row.output,
  }));
}
