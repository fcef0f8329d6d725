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

/** Says in the log of a job that waits, for whoever follows it, that nobody is there who may run it, and why. */
export async function noteWait(
  ctx: Acting,
  { db, pubsub, clock }: { db: Db; pubsub: PubSub; clock: Clock },
  granted: QueueGrant,
  jobId: string,
): Promise<void> {
  await transaction(ctx, db, { name: "note_wait", clock }, async (tx) => {
    const job = await lockJob(tx, jobId);
    if (job?.job_status !== "pending") return;
    const output = `Waiting. ${await whyWaits(tx, job)}`;
    const line = {
      createdAtMs: clock.now(),
      level: "warn",
      source: "provisioner_daemon",
      stage: "Queued",
      output,
    } as const;
    await insertLogs(tx, pubsub, granted, job, [line]);
  });
}
