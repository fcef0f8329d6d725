import { onAbort, SetsByKey, type Clock, type Logger } from "@hearth/base";

/** What makes a kind of live topic: of what, and how it is heard of and read. */
export interface TopicsOptions<Value, From> {
  /** Names lines of the log, and waits in tests: `<name>` for the next poll, `<name>-gap` between reads. */
  readonly name: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Listens for hints while anybody has a seat. A hint that was lost is made up for by `ringAll`. */
  readonly hear: (bells: Bells<Value>) => Disposable;
  /** One read for all who are at the same place. `from`: where they are, for topics that have places (a log's last id). */
  readonly read: (key: string, from: From) => Promise<Value>;
  /** Reads of a topic are at least this far apart, as of when it is to be read; the first after quiet comes at once. @default 0 */
  readonly gapMs?: number | (() => number);
  /** Stands behind lost hints, and behind what changes by time alone. */
  readonly pollMs: number;
  /**
   * Where given, the poll is one look for all topics, by key with what was read last, and resolves with those that are to be
   * read again. For topics that are many and seldom change.
   */
  readonly pollAll?: (newest: ReadonlyMap<string, Value | undefined>) => Promise<readonly string[]>;
}

/** What whoever hears hints rings. Returns at once, and costs a look-up where nobody has a seat. */
export interface Bells<Value> {
  /** Rings the topic, and those that are about this. */
  ring(id: string): void;
  ringAll(): void;
  /** Rings the topics whose newest value is so. */
  ringWhere(isSo: (newest: Value) => boolean): void;
}

/** A value, and everything that had been heard when it was read. */
export interface Reading<Value> {
  readonly version: number;
  readonly value: Value;
}

/** A place at a topic, which is listened to from the moment of its making. Dispose it to leave. */
export interface Seat<Value, From> extends Disposable {
  /** Grows with everything heard: who has read at this version has seen all. */
  readonly version: number;
  /** What others were told last; of topics without places. */
  readonly newest: Reading<Value> | undefined;
  /** The value as of now or later, read once for all who ask. @throws when the read fails */
  read(from: From): Promise<Reading<Value>>;
  /** Waits until there is more than `seen`. `polled`: time has passed, nobody said anything; `left`: the signal aborted. */
  news(seen: number, signal: AbortSignal): Promise<"rung" | "polled" | "left">;
}

/**
 * All topics of a kind in this replica, by key: a workspace, a job's log. The one way to be live: subscribe, read, wait, read.
 *
 * Invariants: seats of a topic share its reads; one read of a topic from a place at a time; what is heard during a read
 * causes exactly one more, however much it was; a seat holds nothing, so that whoever reads slowly costs no memory and
 * misses nothing that lasts; with no seat there is no subscription, no timer and no read.
 */
export class Topics<Value, From = undefined> {
  readonly #options: TopicsOptions<Value, From>;
  readonly #topics = new Map<string, Topic<Value, From>>();
  readonly #about = new SetsByKey<Topic<Value, From>>();
  #hearing: Disposable | undefined;

  constructor(options: TopicsOptions<Value, From>) {
    this.#options = options;
  }

  /** How many topics have seats. */
  get size(): number {
    return this.#topics.size;
  }

  /** A seat at the topic: subscribed when this returns. `about`: what it belongs to, a hint of which rings it as well. */
  join(key: string, about?: string): Seat<Value, From> {
    this.#hearing ??= this.#hear();
    const topic = this.#topics.get(key) ?? new Topic(this.#options, key);
    this.#topics.set(key, topic);
    if (about !== undefined) this.#about.add(about, topic);
    topic.seats++;
    let isOpen = true;
    return {
      get version() {
        return topic.version;
      },
      get newest() {
        return topic.newest;
      },
      read: async (from) => await topic.read(from),
      news: async (seen, signal) => await topic.news(seen, signal),
      [Symbol.dispose]: () => {
        if (!isOpen) return;
        isOpen = false;
        if (--topic.seats > 0) return;
        topic.close();
        this.#topics.delete(key);
        if (about !== undefined) this.#about.delete(about, topic);
        if (this.#topics.size > 0) return;
        this.#hearing?.[Symbol.dispose]();
        this.#hearing = undefined;
      },
    };
  }

  #hear(): Disposable {
    const hearing = new DisposableStack();
    hearing.use(this.#options.hear(this.#bells));
    if (this.#options.pollAll === undefined) return hearing;
    const stop = new AbortController();
    hearing.defer(() => stop.abort());
    void this.#pollAll(this.#options.pollAll, stop.signal); // never rejects
    return hearing;
  }

  async #pollAll(look: NonNullable<TopicsOptions<Value, From>["pollAll"]>, signal: AbortSignal): Promise<void> {
    const { name, clock, log, pollMs } = this.#options;
    while (!signal.aborted) {
      try {
        await clock.sleep(pollMs, { signal, tag: name });
      } catch {
        return; // nobody is left
      }
      const newest = new Map([...this.#topics].map(([key, topic]) => [key, topic.newest?.value]));
      try {
        for (const key of await look(newest)) this.#bells.ring(key);
      } catch (error) {
        log.warn({ err: error, topic: name }, "looking at all that is watched failed");
      }
    }
  }

  readonly #bells: Bells<Value> = {
    ring: (id) => {
      this.#topics.get(id)?.ring();
      for (const topic of this.#about.get(id)) topic.ring();
    },
    ringAll: () => {
      for (const topic of this.#topics.values()) topic.ring();
    },
    ringWhere: (isSo) => {
      for (const topic of this.#topics.values()) {
        if (topic.newest !== undefined && isSo(topic.newest.value)) topic.ring();
      }
    },
  };
}

interface Read<Value> {
  /** As of when; undefined while it waits for its turn: it will know of everything that is heard until its start. */
  version: number | undefined;
  readonly reading: Promise<Reading<Value>>;
}

class Topic<Value, From> {
  seats = 0;
  version = 0;
  /** What was read last, of a topic without places. */
  newest: Reading<Value> | undefined;
  readonly #options: TopicsOptions<Value, From>;
  readonly #key: string;
  readonly #closed = new AbortController();
  /** By place: the newest read that was asked for. Of topics with places only until it is answered. */
  readonly #reads = new Map<string, Read<Value>>();
  readonly #waiting = new Set<() => void>();
  #lastReadMs = Number.NEGATIVE_INFINITY;
  /** The version at which somebody last said something. */
  #rungAt = 0;

  constructor(options: TopicsOptions<Value, From>, key: string) {
    this.#options = options;
    this.#key = key;
    if (options.pollAll === undefined) void this.#poll(); // never rejects
  }

  ring(): void {
    this.#rungAt = this.version + 1;
    this.#grow();
  }

  /** Nobody is left: what waits ends. */
  close(): void {
    this.#closed.abort();
  }

  async read(from: From): Promise<Reading<Value>> {
    const known = this.#reads.get(placeOf(from));
    const isNew = known !== undefined && (known.version === undefined || known.version === this.version);
    return await (isNew ? known.reading : this.#startRead(from, known?.reading));
  }

  async news(seen: number, signal: AbortSignal): Promise<"rung" | "polled" | "left"> {
    if (!signal.aborted && this.version <= seen) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      // Not a race against a promise of the end: that would keep something of every round until then.
      using _left = onAbort(signal, resolve);
      await promise;
      this.#waiting.delete(resolve);
    }
    if (signal.aborted) return "left";
    return this.#rungAt > seen ? "rung" : "polled";
  }

  #grow(): void {
    this.version++;
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  #startRead(from: From, before: Promise<unknown> | undefined): Promise<Reading<Value>> {
    const read: Read<Value> = { version: undefined, reading: this.#readNow(from, before, (at) => (read.version = at)) };
    const place = placeOf(from);
    this.#reads.set(place, read);
    const forget = () => {
      if (this.#reads.get(place) === read) this.#reads.delete(place);
    };
    // What failed answers nobody who comes later; what was read from a place is of no use to others.
    read.reading.then(from === undefined ? () => undefined : forget, forget);
    return read.reading;
  }

  async #readNow(
    from: From,
    before: Promise<unknown> | undefined,
    onStart: (version: number) => void,
  ): Promise<Reading<Value>> {
    const { name, clock, log, read, gapMs = 0 } = this.#options;
    const { signal } = this.#closed;
    await before?.catch(() => undefined); // told to those who waited for it
    const waitMs = this.#lastReadMs + (typeof gapMs === "number" ? gapMs : gapMs()) - clock.now();
    if (waitMs > 0) await clock.sleep(waitMs, { signal, tag: `${name}-gap` });
    const { version } = this;
    onStart(version);
    this.#lastReadMs = clock.now();
    try {
      const reading = { version, value: await read(this.#key, from) };
      if (from === undefined) this.newest = reading;
      return reading;
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error, topic: name }, "reading what is watched failed");
      throw error;
    }
  }

  async #poll(): Promise<void> {
    const { name, clock, pollMs } = this.#options;
    while (!this.#closed.signal.aborted) {
      try {
        await clock.sleep(pollMs, { signal: this.#closed.signal, tag: name });
      } catch {
        return; // closed
      }
      this.#grow();
    }
  }
}

/** Equal places share a read. */
function placeOf(from: unknown): string {
  return from === undefined ? "" : JSON.stringify(from);
}
