import {
  backoffMs,
  failpoint,
  messageOf,
  onAbort,
  runLoop,
  Wake,
  withTimeout,
  type Clock,
  type Logger,
} from "@hearth/base";
import type { Db } from "../database/index.ts";
import type { PubSub } from "../pubsub/index.ts";
import { UnreadableEffect, type EffectHandler } from "./effect.ts";
import { forgetSetAside, recordFailure, removeDelivered, takeDue } from "./store.ts";

/** Behind the hints; and for what a replica that was lost had taken. */
const pollEveryMs = 60_000;
/** For one delivery; well below the lease. */
const deliverMs = 15_000;
const retryPolicy = { baseMs: 2_000, maxMs: 600_000 };
/** With growing waits of up to 10 min: about two hours. */
export const maxAttempts = 20;
const setAsideKeptMs = 30 * 86_400_000;
const forgetEveryMs = 3_600_000;
const maxReasonLength = 1_000;

export interface OutboxDeps {
  readonly db: Db;
  readonly pubsub: PubSub;
  readonly clock: Clock;
  readonly log: Logger;
  readonly handlers: readonly EffectHandler[];
  readonly random?: () => number;
}

type Row = NonNullable<typeof takeDue.row>;

/** What becomes of an effect whose delivery failed for the `attempts`-th time. Pure. */
export function decideFailure(
  { attempts, isUnreadable }: { attempts: number; isUnreadable: boolean },
  nowMs: number,
  random?: () => number,
): { readonly dueMs: number } | "set aside" {
  if (isUnreadable || attempts >= maxAttempts) return "set aside";
  return { dueMs: nowMs + backoffMs(retryPolicy, attempts, random) };
}

/**
 * Delivers what was written to the outbox until `signal` aborts. Every replica runs it: each effect is one's at a time,
 * for a minute, and whoever it was taken from writes nothing.
 *
 * What is due is taken at once: a hint says so, and a look once a minute stands behind it. A delivery that fails is tried
 * again after a growing wait, and set aside with its reason after 20.
 */
export async function runOutbox(deps: OutboxDeps, signal: AbortSignal): Promise<void> {
  const { db, pubsub, clock, log } = deps;
  const wake = new Wake();
  const ring = () => wake.notify();
  using _hints = pubsub.subscribe("outbox", "*", { onMessage: ring, onDropped: ring });
  const retries = new Retries(clock, signal, ring);
  await Promise.all([
    runLoop({ name: "outbox", everyMs: pollEveryMs, jitter: 0.1, wake, clock, signal, log }, async (pass) => {
      const dueMs = await deliverDue(deps, pass.signal);
      if (dueMs !== undefined) retries.wakeAt(dueMs);
    }),
    runLoop({ name: "outbox-retention", everyMs: forgetEveryMs, jitter: 0.2, clock, signal, log }, async () => {
      await forgetSetAside(db, clock.now() - setAsideKeptMs);
    }),
  ]);
  await retries.ended();
}

/** Delivers all that is due; resolves with when the first of those that failed is due again. */
export async function deliverDue(deps: OutboxDeps, signal: AbortSignal): Promise<number | undefined> {
  const kinds = deps.handlers.map(({ name }) => name);
  let firstDueMs: number | undefined;
  // One that was delivered makes room for the next of its key, so it goes on until nothing is due.
  while (!signal.aborted) {
    const rows = await takeDue.all(deps.db, { kinds, nowMs: deps.clock.now() });
    failpoint("outbox:taken");
    const due = await Promise.all(rows.map((row) => deliver(deps, row, signal)));
    for (const ms of due) if (ms !== undefined) firstDueMs = Math.min(ms, firstDueMs ?? ms);
    if (rows.length === 0) break;
  }
  return firstDueMs;
}

/** Resolves with when it is due again, if it failed. */
async function deliver(deps: OutboxDeps, row: Row, signal: AbortSignal): Promise<number | undefined> {
  const { db, clock, log } = deps;
  const { id, key, payload, kind } = row;
  const handler = deps.handlers.find(({ name }) => name === kind);
  const effect = { id, key, payload, createdAtMs: row.created_at.getTime(), isFirst: row.epoch === 1 };
  try {
    await withTimeout(async (limit) => await handler?.deliver(effect, limit), {
      ms: deliverMs,
      clock,
      signal,
      tag: "outbox-deliver",
    });
    failpoint("outbox:delivered");
  } catch (error) {
    if (signal.aborted) return undefined; // its lease runs out, and whoever is there then takes it
    const isUnreadable = error instanceof UnreadableEffect;
    const nowMs = clock.now();
    const next = decideFailure({ attempts: row.attempts, isUnreadable }, nowMs, deps.random);
    await recordFailure(db, row, { reason: messageOf(error).slice(0, maxReasonLength), nowMs, next });
    const fields = { effect: id, kind, attempt: row.attempts, err: error };
    if (next === "set aside") log.error(fields, "an effect was set aside, after it could not be delivered");
    else log.warn(fields, "an effect could not be delivered, and is tried again");
    return next === "set aside" ? undefined : next.dueMs;
  }
  await removeDelivered(db, row);
  return undefined;
}

/** One alarm, at the earliest of the times that it was told. */
class Retries {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #ring: () => void;
  #alarm: { readonly atMs: number; readonly stop: AbortController; readonly ended: Promise<void> } | undefined;

  constructor(clock: Clock, signal: AbortSignal, ring: () => void) {
    this.#clock = clock;
    this.#signal = signal;
    this.#ring = ring;
  }

  wakeAt(atMs: number): void {
    if (this.#alarm !== undefined && this.#alarm.atMs <= atMs) return;
    this.#alarm?.stop.abort();
    const stop = new AbortController();
    this.#alarm = { atMs, stop, ended: this.#sleep(atMs, stop) };
  }

  async ended(): Promise<void> {
    await this.#alarm?.ended;
  }

  async #sleep(atMs: number, stop: AbortController): Promise<void> {
    using _stopping = onAbort(this.#signal, () => stop.abort());
    try {
      await this.#clock.sleep(Math.max(1, atMs - this.#clock.now()), { signal: stop.signal, tag: "outbox-retry" });
    } catch {
      return; // an earlier one took its place, or the end
    }
    if (this.#alarm?.stop === stop) this.#alarm = undefined;
    this.#ring();
  }
}
