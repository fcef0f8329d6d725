import { transaction, type Acting, type Db, type Tx } from "../ground/database/index.ts";
import type { Clock } from "@hearth/base";
import type { PubSub } from "../ground/pubsub/index.ts";
import type { QueueGrant } from "./job-grant.ts";
import { insertLogs } from "./logs.ts";
import type { Requirement } from "./placement.ts";
import { lockJob } from "./queue.ts";

/** A daemon of the host that a job must go to. */
interface HostDaemon {
  readonly name: string;
  readonly lastSeenAt: Date | null;
}

/** Why a job waits that no living daemon may run, and what to do about it; a sentence or two. Pure. */
export function describeWait(job: Omit<Requirement, "organization_id">, host: HostDaemon | undefined): string {
  if (job.host_id !== null) {
    const name = host === undefined ? `of the id ${job.host_id}` : `of the provisioner "${host.name}"`;
    const seen = host?.lastSeenAt ? `, last seen at ${host.lastSeenAt.toISOString()},` : "";
    return `The workspace is held by the host ${name}${seen} which is away: start that one again, or delete the workspace as an orphan, which loses what is there.`;
  }
  const wanted = [
    `the tags ${Object.entries(job.tags)
      .map(([name, value]) => `${name}=${value}`)
      .join(", ")}`,
    ...(job.language === null ? [] : [`the template language ${job.language}`]),
    ...(job.engine === null ? [] : [`the engine ${job.engine}`]),
  ];
  return `There is no provisioner with ${wanted.join(" and ")}: start one.`;
}

/** {@link describeWait} for a job as it is stored. */
export async function whyWaits(db: Db | Tx, job: Requirement): Promise<string> {
  if (job.host_id === null) return describeWait(job, undefined);
  const daemon = await db
    .selectFrom("provisioner_daemons")
    .select(["name", "last_seen_at as lastSeenAt"])
    .where("host_id", "=", job.host_id)
    .orderBy("last_seen_at", (order) => order.desc().nullsLast())
    .orderBy("name")
    .limit(1)
    .executeTakeFirst();
  return describeWait(job, daemon);
}

/**
 * Says in the log of a job that waits, for whoever follows it, that nobody is there who may run it, and why. What fails of
 * that is told the server's log alone: the job is queued, and whoever asked for it is to hear so.
 */
export async function noteWait(
  ctx: Acting,
  deps: { readonly db: Db; readonly pubsub: PubSub; readonly clock: Clock },
  granted: QueueGrant,
  jobId: string,
): Promise<void> {
  try {
    await transaction(ctx, deps.db, { name: "note_wait", clock: deps.clock }, async (tx) => {
      const job = await lockJob(tx, jobId);
      if (job?.job_status !== "pending") return;
      const output = `Waiting. ${await whyWaits(tx, job)}`;
      const line = {
        createdAtMs: deps.clock.now(),
        level: "warn",
        source: "provisioner_daemon",
        stage: "Queued",
        output,
      } as const;
      await insertLogs(tx, deps.pubsub, granted, job, [line]);
    });
  } catch (error) {
    ctx.log.warn({ err: error, jobId }, "why a job waits could not be said in its log");
  }
}
