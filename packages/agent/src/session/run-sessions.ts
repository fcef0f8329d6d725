import type { Clock, Logger } from "@hearth/base";
import { type ConnectFailure, reconnectWaitMs } from "#session/reconnect.ts";
import { ConnectError, type Connection } from "#session/connect.ts";

export interface RunSessionsOptions {
  readonly connect: (signal: AbortSignal) => Promise<Connection>;
  /** Makes a session of a connection; resolves when it is over. Must not reject. */
  readonly serve: (connection: Connection) => Promise<void>;
  /** Told that there is nothing to do for a moment. */
  readonly onIdle: () => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly random: () => number;
}

/** A session that lasted this long was a good one: the next failure is a first one again. */
const goodSessionMs = 10_000;

/** Keeps the agent connected until the signal aborts. A session that is open then is left to whoever aborted. */
export async function runSessions(options: RunSessionsOptions): Promise<void> {
  const { connect, serve, onIdle, clock, signal, log, random } = options;
  let last: { readonly kind: ConnectFailure["kind"]; readonly attempt: number } | undefined;
  while (!signal.aborted) {
    let failure: ConnectFailure = { kind: "unreachable" };
    try {
      const connection = await connect(signal);
      log.info({}, "connected to the server");
      const sinceMs = clock.now();
      await serve(connection);
      if (clock.now() - sinceMs >= goodSessionMs) last = undefined;
      if (!signal.aborted) log.info({}, "the session with the server is over");
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ConnectError) failure = error.failure;
      // Once for each time it is lost; the tries in between say nothing new.
      const isNews = failure.kind !== "unauthorized" && failure.kind !== last?.kind;
      log[isNews ? "warn" : "debug"]({ reason: String(error) }, "the server does not take the agent");
    }
    last = { kind: failure.kind, attempt: last?.kind === failure.kind ? last.attempt + 1 : 1 };
    onIdle();
    try {
      await clock.sleep(reconnectWaitMs(failure, last.attempt, random), { signal, tag: "reconnect" });
    } catch {
      return; // stopped
    }
  }
}
