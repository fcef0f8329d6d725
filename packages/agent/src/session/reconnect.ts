import { backoffMs } from "@hearth/base";

/** Why there is no session, as far as it decides when to try again. */
export type ConnectFailure =
  /** The server does not let the agent in: its build is not done yet, or it is over. */
  | { readonly kind: "unauthorized" }
  /** The server says when to come back. */
  | { readonly kind: "later"; readonly afterMs: number }
  /** Anything else: no connection, an error of the server, a session that ended. */
  | { readonly kind: "unreachable" };

const policy = { baseMs: 100, maxMs: 10_000 };

/** An agent often starts before its build is done, which then takes milliseconds: the first tries are close together. */
const unauthorizedFirstMs = 15;
const unauthorizedFactor = 1.5;

/**
 * How long to wait before the next try, given how many have failed in a row (1: the first). Pure.
 *
 * Full jitter from 100 ms to 10 s, so that agents that lost one server do not all come back at once; a server's own
 * word on when to come back is kept, with a tenth on top for the same reason.
 * @see agents §18.1, rule A-29
 */
export function reconnectWaitMs(failure: ConnectFailure, attempt: number, random: () => number): number {
  switch (failure.kind) {
    case "unauthorized": {
      const limitMs = Math.min(policy.maxMs, unauthorizedFirstMs * unauthorizedFactor ** (attempt - 1));
      return Math.ceil(limitMs * (0.7 + 0.3 * random()));
    }
    case "later":
      return Math.ceil(failure.afterMs * (1 + 0.1 * random()));
    case "unreachable":
      return backoffMs(policy, attempt, random);
  }
}
