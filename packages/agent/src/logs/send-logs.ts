import { type Clock, type Logger, retry } from "@hearth/base";
import { type AgentClient, DrpcError, timestampFromMs, uuidToBytes } from "@hearth/wire";
import { type LogBatch, type LogQueue } from "#logs/log-queue.ts";
import { waitForRing } from "#wait/wait-for-ring.ts";

/** How often the queue is looked at while there is something in it. */
const checkEveryMs = 250;
const refusedPolicy = { baseMs: 1000, maxMs: 10_000 };
const refusedAttempts = 4;

export interface SendLogsOptions {
  readonly queue: LogQueue;
  readonly client: Pick<AgentClient, "batchCreateLogs">;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** Sends what is in the queue as it falls due, as long as the session lasts. Rejects when it ends. */
export async function sendLogs(options: SendLogsOptions): Promise<never> {
  const { queue, clock, signal } = options;
  for (;;) {
    const batch = queue.nextBatch(clock.now());
    if (batch) {
      await sendBatch(batch, options);
      continue;
    }
    await waitForRing(queue.changed, {
      clock,
      signal,
      tag: "logs",
      atMostMs: queue.isEmpty ? undefined : checkEveryMs,
    });
  }
}

/**
 * Sends one batch. A server that answers with an error gets it again, a few times; what it will not have is given up, for
 * the rest of the line must not wait behind it for ever.
 */
async function sendBatch(batch: LogBatch, { queue, client, clock, signal, log }: SendLogsOptions): Promise<void> {
  const logs = batch.lines.map(({ createdAtMs, level, output }) => ({
    createdAt: timestampFromMs(createdAtMs),
    level,
    output,
  }));
  const request = { logSourceId: uuidToBytes(batch.sourceId), logs };
  try {
    const answer = await retry(() => client.batchCreateLogs(request, { signal }), {
      policy: refusedPolicy,
      attempts: refusedAttempts,
      shouldRetry: (error) => error instanceof DrpcError,
      clock,
      signal,
      tag: "refused log batch",
    });
    queue.arrived(batch, clock.now());
    if (!answer.logLimitExceeded) return;
    queue.overflow();
    log.warn({}, "the server takes no more log lines of this agent");
  } catch (error) {
    if (!(error instanceof DrpcError)) throw error;
    queue.refused(batch);
    log.warn({ err: error, lines: batch.lines.length }, "log lines dropped: the server refuses them");
  }
}
