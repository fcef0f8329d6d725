import { Scope, Wake, type Clock } from "@hearth/base";
import type { Client, WorkspaceEvent } from "@hearth/sdk";
import type { QueryClient } from "@tanstack/react-query";
import { keepConnected, type ConnectionState } from "../streams/keep-connected.ts";
import { readLiveEvents, resync } from "../streams/live-events.ts";
import { Store } from "../streams/store.ts";
import { readAgain } from "./read-again.ts";
import { touchedBy } from "./touched.ts";

/** Events come in bursts (a build changes a state, agents, apps): those of this time are read for together. */
const burstMs = 60;

/**
 * Makes what is on screen move by itself: listens to the server's workspace events and reads again what they touch.
 *
 * - Reading never overlaps: events that come meanwhile are read for together afterwards, however many there are.
 * - After every (re)connection everything is read again: what happened in between nobody told.
 * - A hidden tab gives its connection back (browsers open six to a server in all) and catches up when it is seen.
 */
export class LiveUpdates implements AsyncDisposable {
  readonly connection = new Store<ConnectionState>({ phase: "connecting", attempt: 1 });
  readonly #options: { client: Client; queryClient: QueryClient; clock: Clock; page: Document };
  readonly #pending: WorkspaceEvent[] = [];
  readonly #arrived = new Wake();
  readonly #retryNow = new Wake();
  readonly #stop = new AbortController();
  readonly #done: Promise<unknown>;

  constructor(options: { client: Client; queryClient: QueryClient; clock: Clock; page: Document }) {
    this.#options = options;
    options.page.defaultView?.addEventListener("online", this.retryNow, { signal: this.#stop.signal });
    this.#done = Promise.all([this.#listen(), this.#readAgain()]);
  }

  /** Ends the wait for the next try. */
  readonly retryNow = (): void => this.#retryNow.notify();

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #listen(): Promise<void> {
    const { page } = this.#options;
    const stopped = this.#stop.signal;
    while (!stopped.aborted && this.connection.get().phase !== "refused") {
      await whenVisibility(page, "visible", stopped);
      using seen = new Scope(stopped);
      const hidden = whenVisibility(page, "hidden", seen.signal).then(() => seen.end());
      await this.#hold(seen.signal);
      seen.end();
      await hidden;
    }
  }

  /** Connects, and mends the connection, until the signal aborts or the server refuses. */
  async #hold(signal: AbortSignal): Promise<void> {
    const { client, clock } = this.#options;
    await keepConnected({
      name: "live-updates",
      clock,
      signal,
      retryNow: this.#retryNow,
      onState: (state) => {
        this.connection.set(state);
        // Open: what happened before is to be caught up with. Refused: nobody is logged in any more, which the next
        // reading finds out and leads to the log-in.
        if (state.phase === "open" || state.phase === "refused") this.#push(resync);
      },
      connect: ({ signal: until, opened }) =>
        readLiveEvents({ client, clock, signal: until, opened, onEvent: (event) => this.#push(event) }),
    });
  }

  #push(event: WorkspaceEvent): void {
    this.#pending.push(event);
    this.#arrived.notify();
  }

  async #readAgain(): Promise<void> {
    const { queryClient, clock } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      if (this.#pending.length === 0) await rung(this.#arrived, signal);
      await clock.sleep(burstMs, { signal, tag: "live-updates-burst" }).catch(() => undefined); // stopped
      if (signal.aborted) return;
      const touched = touchedBy(this.#pending.splice(0));
      await readAgain(queryClient, touched);
    }
  }
}

/** Resolves at the next ring, or when the signal aborts. */
function rung(wake: Wake, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const bell = wake.subscribe(done);
    signal.addEventListener("abort", done, { once: true });
    function done(): void {
      bell[Symbol.dispose]();
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}

/** Resolves once the page is (or is not) seen, or when the signal aborts. */
function whenVisibility(page: Document, state: DocumentVisibilityState, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    function look(): void {
      if (page.visibilityState !== state && !signal.aborted) return;
      page.removeEventListener("visibilitychange", look);
      signal.removeEventListener("abort", look);
      resolve();
    }
    page.addEventListener("visibilitychange", look);
    signal.addEventListener("abort", look);
    look();
  });
}
