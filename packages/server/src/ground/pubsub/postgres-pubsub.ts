import { randomUUID } from "node:crypto";
import { Socket } from "node:net";
import pg from "pg";
import { backoffMs, type Clock, type Logger } from "@hearth/base";
import type { Channel, Message } from "./channels.ts";
import { packEntries, unpackEntries, type Entry } from "./envelope.ts";
import type { PubSub, Subscriber } from "./pubsub.ts";
import { Subscriptions } from "./subscriptions.ts";

export interface PostgresPubSubOptions {
  pool: pg.Pool;
  connectionString: string;
  clock: Clock;
  log: Logger;
}

const notifyChannel = "hearth";
/** Announcements of this long leave together: notifying commits are serialized by PostgreSQL, so fewer is faster. */
const coalesceMs = 5;
/** Beyond this many waiting announcements the database is not keeping up: listeners elsewhere re-read by their polls. */
const maxQueued = 10_000;
/** A database that is not reached by then is not there. */
const connectMs = 10_000;
const reconnectPolicy = { baseMs: 100, maxMs: 10_000 };

/**
 * Publish and subscribe over LISTEN/NOTIFY.
 *
 * Invariants: subscribers of this replica hear a message inside `publish`; all messages of a few milliseconds travel in
 * one statement; a listener that lost its connection tells every subscriber to read again once it is back, and at once
 * when it noticed.
 */
export class PostgresPubSub implements PubSub {
  readonly #options: PostgresPubSubOptions;
  readonly #subscriptions: Subscriptions;
  readonly #id = randomUUID();
  readonly #stop = new AbortController();
  #queue: Entry[] = [];
  #flushing: Promise<void> | undefined;
  #listening: Promise<void> | undefined;

  private constructor(options: PostgresPubSubOptions) {
    this.#options = options;
    this.#subscriptions = new Subscriptions(options.log);
  }

  /**
   * Resolves once it listens.
   *
   * @throws Error when it cannot: the database is not there, or lets nobody listen. Only a listener that has listened
   *   tries again: at the start somebody waits for the answer.
   * @throws the signal's reason when that is aborted first
   */
  static async open(options: PostgresPubSubOptions, signal?: AbortSignal): Promise<PostgresPubSub> {
    signal?.throwIfAborted();
    const pubsub = new PostgresPubSub(options);
    const ready = Promise.withResolvers<void>();
    const giveUp = (): void => ready.reject(signal?.reason);
    signal?.addEventListener("abort", giveUp, { once: true });
    pubsub.#listening = pubsub.#listen(ready);
    try {
      await ready.promise;
      return pubsub;
    } catch (error) {
      await pubsub[Symbol.asyncDispose]();
      throw error;
    } finally {
      signal?.removeEventListener("abort", giveUp);
    }
  }

  publish<C extends Channel>(channel: C, key: string, message: Message<C>): void {
    this.#subscriptions.deliver(channel, key, message, "here");
    if (this.#queue.length >= maxQueued) {
      this.#options.log.warn({ channel }, "announcement dropped, too many are waiting");
      return;
    }
    this.#queue.push([channel, key, message]);
    this.#flushing ??= this.#flush();
  }

  hear(channel: string, key: string, message: unknown): void {
    this.#subscriptions.deliverUnchecked(channel, key, message);
  }

  subscribe<C extends Channel>(channel: C, key: string, subscriber: Subscriber<C>): Disposable {
    return this.#subscriptions.add(channel, key, subscriber);
  }

  /** Sends what waits, then stops listening. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#flushing;
    await this.#listening;
  }

  async #flush(): Promise<void> {
    const { clock, log, pool } = this.#options;
    await clock.sleep(coalesceMs, { tag: "pubsub-coalesce", signal: this.#stop.signal }).catch(() => undefined); // stopping: send at once
    while (this.#queue.length > 0) {
      const { payloads, tooLarge } = packEntries(this.#id, this.#queue);
      this.#queue = [];
      for (const [channel] of tooLarge) log.error({ channel }, "announcement too long to send");
      try {
        await pool.query(`select pg_notify('${notifyChannel}', payload) from unnest($1::text[]) as payload`, [
          payloads,
        ]);
      } catch (error) {
        // A hint is lost; the polls of the other replicas stand in for it.
        log.warn({ err: error, announcements: payloads.length }, "announcements lost");
      }
    }
    this.#flushing = undefined;
  }

  async #listen(first: PromiseWithResolvers<void>): Promise<void> {
    const { clock, log, connectionString } = this.#options;
    let attempt = 0;
    let wasConnected = false;
    while (!this.#stop.signal.aborted) {
      // Ours, so that a connection attempt that nobody answers can be given up.
      const socket = new Socket();
      let isListening = false;
      const client = new pg.Client({
        connectionString,
        application_name: "hearth listener",
        keepAlive: true,
        connectionTimeoutMillis: connectMs,
        stream: () => socket,
      });
      const ended = Promise.withResolvers<void>();
      // Awaited only after the connection stands; until then connect() itself tells.
      ended.promise.catch(() => undefined);
      client.on("error", (error) => ended.reject(error));
      client.on("end", () => ended.resolve());
      client.on("notification", (notification) => this.#hear(notification.payload ?? ""));
      const onStop = () => {
        if (!isListening) socket.destroy();
        ended.resolve();
      };
      this.#stop.signal.addEventListener("abort", onStop, { once: true });
      try {
        await client.connect();
        await client.query(`listen ${notifyChannel}`);
        isListening = true;
        attempt = 0;
        if (wasConnected) this.#subscriptions.dropped();
        wasConnected = true;
        first.resolve();
        await ended.promise;
      } catch (error) {
        if (!wasConnected) {
          first.reject(new Error("The database cannot be listened to.", { cause: error }));
          return;
        }
        log.warn({ err: error }, "listener lost its connection");
      } finally {
        this.#stop.signal.removeEventListener("abort", onStop);
        await client.end().catch((error: unknown) => log.debug({ err: error }, "closing a broken listener"));
      }
      if (this.#stop.signal.aborted) return;
      this.#subscriptions.dropped();
      await clock
        .sleep(backoffMs(reconnectPolicy, attempt++), { signal: this.#stop.signal, tag: "pubsub-reconnect" })
        .catch(() => undefined); // only the signal rejects it, and the loop looks at that
    }
  }

  #hear(payload: string) {
    const envelope = unpackEntries(payload);
    if (envelope === undefined) {
      this.#options.log.warn({ bytes: payload.length }, "notification that is none of ours");
      return;
    }
    if (envelope.from === this.#id) return; // heard inside publish
    for (const [channel, key, message] of envelope.entries) this.#subscriptions.deliverUnchecked(channel, key, message);
  }
}
