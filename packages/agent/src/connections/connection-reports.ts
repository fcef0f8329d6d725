import { randomUUID } from "node:crypto";
import { type Clock, type Logger, Wake } from "@hearth/base";
import { type AgentClient, DrpcError, type MessageInitShape, timestampFromMs, uuidToBytes } from "@hearth/wire";
import { Connection_Action, type ConnectionSchema, type Connection_Type } from "@hearth/wire/agent-proto";
import type { Exit } from "#processes/exit.ts";
import { waitForRing } from "#wait/wait-for-ring.ts";

type Report = MessageInitShape<typeof ConnectionSchema>;

const maxWaiting = 2048;
const callTimeoutMs = 30_000;
/** Where connections come from, as far as the workspace can see: the server dials, whoever is behind it. */
const address = "127.0.0.1";

/**
 * Who came and left, on the way to the server's log of connections. What does not fit, or is refused, is skipped: the log
 * is a record, not a promise.
 * @see agents §6, `ReportConnection`
 */
export class ConnectionReports {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #changed = new Wake();
  readonly #waiting: Report[] = [];

  constructor({ clock, log }: { clock: Clock; log: Logger }) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Reports a connection; call what it returned once, when it is over, with how its command ended. */
  connected(type: Connection_Type): (exit?: Exit) => void {
    const id = uuidToBytes(randomUUID());
    this.#push({ id, type, action: Connection_Action.CONNECT });
    return (exit) => {
      const statusCode = exit?.code ?? 0;
      const reason = statusCode === 0 ? "graceful" : `process exited with error status: ${statusCode}`;
      this.#push({ id, type, action: Connection_Action.DISCONNECT, statusCode, reason });
    };
  }

  /** Sends reports as long as the session lasts. Rejects when it ends. */
  async run({
    client,
    signal,
  }: {
    client: Pick<AgentClient, "reportConnection">;
    signal: AbortSignal;
  }): Promise<never> {
    for (;;) {
      const connection = this.#waiting.shift();
      if (!connection) {
        await waitForRing(this.#changed, { clock: this.#clock, signal, tag: "connection reports" });
        continue;
      }
      try {
        await client.reportConnection({ connection }, { signal, timeoutMs: callTimeoutMs });
      } catch (error) {
        this.#log.debug({ err: error }, "connection report was not taken");
        if (!(error instanceof DrpcError)) signal.throwIfAborted();
      }
    }
  }

  #push(report: Report): void {
    if (this.#waiting.length >= maxWaiting) return;
    this.#waiting.push({ ...report, ip: address, timestamp: timestampFromMs(this.#clock.now()) });
    this.#changed.notify();
  }
}
