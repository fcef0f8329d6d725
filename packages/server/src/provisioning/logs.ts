import { sql } from "kysely";
import type { JobLogLine } from "@hearth/provisioner";
import type * as api from "@hearth/sdk";
import { afterCommit, type Db, type Tx } from "../database/index.ts";
import type { PubSub } from "../pubsub/index.ts";
import { logBudgetBytes, maxLineLength } from "./timing.ts";

const overflowNotice = "Provisioner logs exceeded the limit of 1 MiB: further lines are left out.";

/** What of `lines` fits into the budget; the line that would not is replaced by one notice, the rest is dropped. */
export function fitLines(
  lines: readonly JobLogLine[],
  usedBytes: number,
): { lines: JobLogLine[]; addedBytes: number; overflowed: boolean } {
  const fitting: JobLogLine[] = [];
  const noticeBytes = Buffer.byteLength(overflowNotice);
  let added = 0;
  for (const line of lines) {
    const output = Array.from(line.output).slice(0, maxLineLength).join("");
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

/**
 * Stores lines of a job within its budget of 1 MiB and tells its followers after the commit.
 * @see spec/builds.md §11
 */
export async function insertLogs(
  tx: Tx,
  pubsub: PubSub,
  job: { id: string; logs_length: number; logs_overflowed: boolean },
  lines: readonly JobLogLine[],
): Promise<void> {
  if (lines.length === 0 || job.logs_overflowed) return;
  const fit = fitLines(lines, job.logs_length);
  const inserted = await tx
    .insertInto("provisioner_job_logs")
    .values(
      fit.lines.map((line) => ({
        job_id: job.id,
        created_at: new Date(line.createdAtMs),
        source: line.source,
        level: line.level,
        stage: line.stage.slice(0, 128),
        // PostgreSQL's text has no NUL.
        output: line.output.replaceAll("\0", "\uFFFD"),
      })),
    )
    .returning("id")
    .execute();
  await tx
    .updateTable("provisioner_jobs")
    .set({ logs_length: sql`logs_length + ${fit.addedBytes}`, logs_overflowed: fit.overflowed })
    .where("id", "=", job.id)
    .execute();
  const first = Math.min(...inserted.map((row) => row.id));
  afterCommit(tx, () => pubsub.publish("job_logs", job.id, { created_after: first - 1 }));
}

/** Tells followers, once `tx` has committed, that no line will come any more. */
export function announceEndOfLogs(tx: Tx, pubsub: PubSub, jobId: string): void {
  afterCommit(tx, () => pubsub.publish("job_logs", jobId, { end_of_logs: true }));
}

/** Stored lines in order; `afterId` and `beforeId` are exclusive. */
export async function listLogs(
  db: Db | Tx,
  jobId: string,
  range: { afterId?: number | undefined; beforeId?: number | undefined } = {},
): Promise<api.ProvisionerJobLog[]> {
  let query = db.selectFrom("provisioner_job_logs").selectAll().where("job_id", "=", jobId).orderBy("id");
  if (range.afterId !== undefined) query = query.where("id", ">", range.afterId);
  if (range.beforeId !== undefined) query = query.where("id", "<", range.beforeId);
  const rows = await query.execute();
  return rows.map((row) => ({
    id: row.id,
    created_at: row.created_at.toISOString(),
    log_source: row.source as api.ProvisionerJobLog["log_source"], // written from the same words
    log_level: row.level as api.ProvisionerJobLog["log_level"],
    stage: row.stage,
    output: row.output,
  }));
}
