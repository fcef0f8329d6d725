import type { WebSocket } from "ws";
import { Scope, type Clock } from "@hearth/base";
import { ApiError } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import type { Db } from "../ground/database/index.ts";
import type { Action, Context, Granted } from "../access/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { listLogs } from "./logs.ts";
import { findJobs } from "./queue.ts";
import { followPollMs } from "./timing.ts";

export interface JobLogDeps {
  readonly db: Db;
  readonly pubsub: PubSub;
  readonly clock: Clock;
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
  return {
    handle: async ({
      query,
      loaded,
    }: LogCall<A>): Promise<{ status: 200; granted: Granted<A>; body: api.ProvisionerJobLog[] }> => {
      checkFormat(query);
      const logs = await listLogs(deps.db, loaded.jobId, { afterId: query.after, beforeId: query.before });
      return { status: 200, granted: loaded.granted, body: logs };
    },
    socket: async ({
      ctx,
      query,
      loaded,
      accept,
    }: LogCall<A> & { accept: (granted: Granted<A>) => Promise<WebSocket> }): Promise<void> => {
      checkFormat(query);
      await followLogs(deps, loaded.jobId, query.after ?? 0, () => accept(loaded.granted), ctx.signal);
    },
  };
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

/**
 * Sends every line after the cursor, then each new one, and closes normally (1000, `done`) once the job has ended and
 * its last line was sent. Subscribes before it reads, reads once more after the end, and looks by itself every 30 s.
 * @see spec/builds.md §11
 */
async function followLogs(
  deps: JobLogDeps,
  jobId: string,
  after: number,
  accept: () => Promise<WebSocket>,
  signal: AbortSignal,
): Promise<void> {
  let wake = Promise.withResolvers<void>();
  const ring = () => wake.resolve();
  using _subscription = deps.pubsub.subscribe("job_logs", jobId, { onMessage: ring, onDropped: ring });
  const socket = await accept();
  using open = new Scope(signal);
  const ended = open.signal;
  socket.on("close", () => open.end());
  // One-way: whatever the client says ends it.
  socket.on("message", () => socket.close(1000));
  let cursor = after;
  try {
    for (;;) {
      wake = Promise.withResolvers<void>();
      // The status before the lines: what was written until the end is then among them.
      const job = (await findJobs(deps.db, [jobId])).get(jobId);
      for (const line of await listLogs(deps.db, jobId, { afterId: cursor })) {
        if (ended.aborted) return;
        await send(socket, JSON.stringify(line));
        cursor = line.id;
      }
      if (job === undefined || job.completed_at !== null) {
        socket.close(1000, "done");
        return;
      }
      if (!(await waitFor(wake.promise, deps.clock, ended))) return;
    }
  } catch (error) {
    socket.close(1011, "the log cannot be read now; resume after the last id");
    throw error;
  }
}

/** Waits for the bell or the poll; false when the follower is gone. */
async function waitFor(bell: Promise<void>, clock: Clock, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  using rung = new Scope(signal);
  void bell.then(() => rung.end());
  await clock.sleep(followPollMs, { signal: rung.signal, tag: "follow-logs" }).catch(() => undefined); // rung or left
  return !signal.aborted;
}

async function send(socket: WebSocket, text: string): Promise<void> {
  await new Promise<void>((resolve) => {
    // A socket that closed meanwhile calls back with an error; its `close` ends the loop.
    socket.send(text, () => resolve());
  });
}
