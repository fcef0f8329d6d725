import type { WebSocket } from "ws";
import type { Clock, Logger } from "@hearth/base";
import { ApiError } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import type { Db, IdRange } from "../ground/database/index.ts";
import type { Action, Context, Granted } from "../access/index.ts";
import { followLines, hearChannels, type LogLines, type LogPlace, OneWaySocket, Topics } from "../ground/live/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { claimLines } from "./claim-log.ts";
import { listLogs } from "./logs.ts";
import { findJobs } from "./queue.ts";
import { followPollMs } from "./timing.ts";

export interface JobLogDeps {
  readonly db: Db;
  readonly pubsub: PubSub;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface LogQuery {
  readonly before?: number | undefined;
  readonly after?: number | undefined;
  readonly follow?: boolean | undefined;
  readonly format?: string | undefined;
}

/** The job whose lines are read, by a right on what has the job. */
export interface LogOf<A extends Action> {
  readonly jobId: string;
  readonly granted: Granted<A>;
}

interface LogCall<A extends Action> {
  readonly ctx: Context;
  readonly query: LogQuery;
  readonly loaded: LogOf<A>;
}

/** What serves `…/logs` of anything that has a job: the stored lines, or with `follow` a WebSocket that ends with the job. */
export function jobLogHandlers<A extends Action>(deps: JobLogDeps) {
  const topics = jobLogTopics(deps);
  return {
    handle: async ({
      query,
      loaded,
    }: LogCall<A>): Promise<{ status: 200; granted: Granted<A>; body: api.ProvisionerJobLog[] }> => {
      checkFormat(query);
      const logs = await readLog(deps.db, loaded.jobId, { afterId: query.after, beforeId: query.before });
      return { status: 200, granted: loaded.granted, body: logs };
    },
    socket: async ({
      ctx,
      query,
      loaded,
      accept,
    }: LogCall<A> & { accept: (granted: Granted<A>) => Promise<WebSocket> }): Promise<void> => {
      checkFormat(query);
      const from = { jobId: loaded.jobId, after: query.after ?? 0 };
      await followLogs({ topics, clock: deps.clock }, from, () => accept(loaded.granted), ctx.signal);
    },
  };
}

/** Its lines; a claim's without a worker has none in the table. */
async function readLog(db: Db, jobId: string, range: IdRange): Promise<api.ProvisionerJobLog[]> {
  const stored = await listLogs(db, jobId, range);
  if (stored.length > 0) return stored;
  const job = (await findJobs(db, [jobId])).get(jobId);
  return job?.is_claim_at_once === true ? claimLines(job, range) : [];
}

function checkFormat(query: LogQuery) {
  const format = query.format ?? "";
  if (!["", "json", "text"].includes(format)) {
    throw new ApiError("bad_query", "Query parameters have invalid values.", {
      validations: [{ field: "format", detail: `must be "json" or "text", not "${format}"` }],
    });
  }
  if (format === "text" && query.follow === true) {
    throw new ApiError("bad_query", "Text format is not supported with follow: leave one of them out.", {
      validations: [{ field: "format", detail: "text is not supported with follow" }],
    });
  }
}

export type JobLogTopics = Topics<LogLines<api.ProvisionerJobLog>, LogPlace>;

/** Logs of jobs, by job: who follows from the same line shares a read. A job without a row is over. */
export function jobLogTopics({ db, pubsub, clock, log }: JobLogDeps): JobLogTopics {
  return new Topics<LogLines<api.ProvisionerJobLog>, LogPlace>({
    name: "follow-logs",
    clock,
    log,
    pollMs: followPollMs,
    async read(jobId, { after }) {
      // The status before the lines: what was written until the end is then among them.
      const job = (await findJobs(db, [jobId])).get(jobId);
      const isOver = job === undefined || job.completed_at !== null;
      const range = { afterId: after };
      if (job?.is_claim_at_once === true) return { lines: claimLines(job, range), isOver };
      return { lines: await listLogs(db, jobId, range), isOver };
    },
    hear: (bells) => hearChannels(pubsub, bells, { job_logs: (_message, jobId) => bells.ring(jobId) }),
  });
}

/**
 * Sends every line after the cursor, then each new one, and closes normally (1000, `done`) once the job has ended and
 * its last line was sent. Subscribes before it reads, reads once more after the end, and looks by itself every 30 s.
 * @see spec/builds.md §11
 */
async function followLogs(
  { topics, clock }: { topics: JobLogTopics; clock: Clock },
  { jobId, after }: { jobId: string; after: number },
  accept: () => Promise<WebSocket>,
  signal: AbortSignal,
): Promise<void> {
  using seat = topics.join(jobId);
  using socket = new OneWaySocket(await accept(), clock, signal);
  try {
    const outcome = await followLines(seat, {
      after,
      signal: socket.signal,
      asksEnd: () => true,
      async send(lines) {
        for (const line of lines) {
          if (socket.signal.aborted) return;
          await socket.send(line);
        }
      },
    });
    if (outcome === "over") socket.close(1000, "done");
  } catch (error) {
    socket.close(1011, "the log cannot be read now; resume after the last id");
    throw error;
  }
}
