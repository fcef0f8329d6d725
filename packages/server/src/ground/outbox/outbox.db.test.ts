import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { FakeClock } from "@hearth/base/fake-clock";
import { silentLogger } from "@hearth/base";
import { recordingLogger } from "@hearth/base/recording-logger";
import { createTestDatabase, type TestDatabase } from "@hearth/testkit";
import { Database, transaction } from "../database/index.ts";
import { MemoryPubSub } from "../pubsub/index.ts";
import { addEffect, handleEffect, runOutbox, type Effect, type EffectHandler, type EffectKind } from "./index.ts";
import { decideFailure, deliverDue, maxAttempts, type OutboxDeps } from "./run-outbox.ts";
import { recordFailure, removeDelivered, takeDue } from "./store.ts";

const ctx = { actor: { kind: "anonymous" }, log: silentLogger, signal: new AbortController().signal } as const;
const note: EffectKind<{ text: string }> = { name: "note", schema: z.object({ text: z.string() }) };
const noteTaken = { kinds: [note.name] };

let testDatabase: TestDatabase;
let database: Database;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = new Database({ connectionString: testDatabase.connectionString, maxConnections: 8 }, () => undefined);
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await testDatabase[Symbol.asyncDispose]();
});

/** A replica's outbox, and who receives what it delivers. */
class Scene {
  readonly clock = new FakeClock();
  readonly log = recordingLogger();
  readonly pubsub = new MemoryPubSub(this.log);
  readonly received: string[] = [];
  /** What the receiver does before it has received; an error is a delivery that failed. */
  onDelivery: (effect: Effect<{ text: string }>) => void = () => undefined;
  readonly #bells = new Set<() => void>();
  readonly #stop = new AbortController();
  readonly #running: Promise<void>[] = [];

  readonly handler: EffectHandler = handleEffect(note, async (effect) => {
    await Promise.resolve();
    this.onDelivery(effect);
    this.received.push(effect.payload.text);
    for (const bell of this.#bells) bell();
  });

  get deps(): OutboxDeps {
    const { clock, log, pubsub, handler } = this;
    return { db: database.db, clock, log, pubsub, handlers: [handler], random: () => 0.999_999 };
  }

  async add(text: string, { key = "a", fails = false, kind = note } = {}): Promise<void> {
    await transaction(ctx, database.db, { name: "test" }, async (tx) => {
      await addEffect(tx, this.pubsub, kind, { key, payload: { text }, nowMs: this.clock.now() });
      if (fails) throw new Error("rolled back");
    });
  }

  run(): void {
    this.#running.push(runOutbox(this.deps, this.#stop.signal));
  }

  async hasReceived(count: number): Promise<string[]> {
    while (this.received.length < count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#bells.add(resolve);
      await promise;
      this.#bells.delete(resolve);
    }
    return this.received;
  }

  deliver(): Promise<number | undefined> {
    return deliverDue(this.deps, this.#stop.signal);
  }

  take() {
    return takeDue.all(database.db, { ...noteTaken, nowMs: this.clock.now() });
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }
}

let scene: Scene;
beforeEach(() => (scene = new Scene()));
afterEach(async () => {
  await scene.end();
  await database.db.deleteFrom("outbox").execute();
});

const rows = () => database.db.selectFrom("outbox").selectAll().orderBy("seq").execute();

describe("an effect", () => {
  test("is delivered when its transaction has committed, at once, and is gone then", async () => {
    scene.run();
    await scene.clock.asleep("outbox");

    await scene.add("hello");

    expect(await scene.hasReceived(1)).toEqual(["hello"]);
    await scene.clock.asleep("outbox");
    expect(await rows()).toEqual([]);
  });

  test("of a transaction that is rolled back never was", async () => {
    await expect(scene.add("never", { fails: true })).rejects.toThrow("rolled back");

    await scene.deliver();

    expect(scene.received).toEqual([]);
    expect(await rows()).toEqual([]);
  });

  test("is delivered by the next start when the server ended between commit and delivery", async () => {
    await scene.add("left behind"); // nobody listens

    scene.run();

    expect(await scene.hasReceived(1)).toEqual(["left behind"]);
  });

  test("whose hint was lost is found by the look once a minute", async () => {
    scene.run();
    await scene.clock.asleep("outbox");
    scene.pubsub.publish = () => undefined;
    await scene.add("unannounced");

    await scene.clock.advance(66_000);

    expect(await scene.hasReceived(1)).toEqual(["unannounced"]);
  });

  test("that a lost replica had taken is another's after the lease, and what that one says late changes nothing", async () => {
    await scene.add("twice at most");
    const [taken] = await scene.take(); // and the replica is gone, perhaps after it was delivered
    if (taken === undefined) throw new Error("nothing was taken");
    await scene.deliver();
    expect(scene.received).toEqual([]);

    await scene.clock.advance(60_000);
    const [again] = await scene.take();
    expect(again).toMatchObject({ id: taken.id, epoch: taken.epoch + 1, attempts: 2 });
    const nowMs = scene.clock.now();
    expect(await removeDelivered(database.db, taken)).toBe(false);
    expect(await recordFailure(database.db, taken, { reason: "late", nowMs, next: "set aside" })).toBe(false);
    expect(await rows()).toMatchObject([{ set_aside_at: null, last_error: null }]);

    await scene.clock.advance(60_000);
    await scene.deliver();
    expect(scene.received).toEqual(["twice at most"]);
    expect(await rows()).toEqual([]);
  });

  test("of a kind that this version does not know waits for one that does", async () => {
    await scene.add("from the future", { kind: { ...note, name: "later" } });

    await scene.deliver();

    expect(await rows()).toMatchObject([{ kind: "later", attempts: 0 }]);
  });
});

describe("a receiver that fails", () => {
  test("is asked again after waits that grow, by the clock, and holds up its own key alone", async () => {
    const askedAtMs: number[] = [];
    const startMs = scene.clock.now();
    scene.onDelivery = ({ key, payload }) => {
      if (key !== "a") return;
      askedAtMs.push(scene.clock.now() - startMs);
      if (payload.text === "a1" && askedAtMs.length < 4) throw new Error("not now");
    };
    await scene.add("a1");
    await scene.add("a2");
    await scene.add("b1", { key: "b" });
    scene.run();
    await scene.hasReceived(1);

    for (const waitMs of [2_000, 4_000, 8_000]) {
      await scene.clock.asleep("outbox-retry");
      expect(scene.received).toEqual(["b1"]);
      await scene.clock.advance(waitMs);
    }

    expect(await scene.hasReceived(3)).toEqual(["b1", "a1", "a2"]);
    // Jitter rounds down.
    expect(askedAtMs.map((ms) => Math.round(ms / 1_000))).toEqual([0, 2, 6, 14, 14]);
    const reasons = scene.log.lines.filter(({ level }) => level === "warn");
    expect(reasons).toHaveLength(3);
  });

  test("for good has the effect set aside with its reason; the next of its key goes on, and a month later it is forgotten", async () => {
    scene.onDelivery = ({ payload }) => {
      if (payload.text === "poison") throw new Error("I choke on this");
    };
    await scene.add("poison");
    await scene.add("healthy");
    for (let tries = 0; tries < maxAttempts; tries++) {
      expect(scene.received).toEqual([]);
      await scene.deliver();
      await scene.clock.advance(600_000);
    }

    expect(scene.received).toEqual(["healthy"]);
    expect(await rows()).toMatchObject([
      { attempts: maxAttempts, last_error: "I choke on this", set_aside_at: expect.any(Date) },
    ]);
    expect(scene.log.lines.filter(({ level }) => level === "error")).toHaveLength(1);
    await scene.deliver();
    expect(await rows()).toHaveLength(1);

    await scene.clock.advance(31 * 86_400_000);
    scene.run();
    await scene.clock.asleep("outbox-retention");
    expect(await rows()).toEqual([]);
  });

  test("cannot read what it is given: it is set aside at once", async () => {
    await scene.add("fine");
    await database.db
      .updateTable("outbox")
      .set({ payload: JSON.stringify({ text: 7 }) })
      .execute();

    await scene.deliver();

    expect(await rows()).toMatchObject([{ attempts: 1, set_aside_at: expect.any(Date) }]);
  });

  test.for([
    [1, false, 2_000],
    [5, false, 32_000],
    [maxAttempts - 1, false, 600_000],
    [maxAttempts, false, undefined],
    [1, true, undefined],
  ] as const)("for the %i. time, unreadable %s, waits at most %s", ([attempts, isUnreadable, waitMs]) => {
    const next = decideFailure({ attempts, isUnreadable }, 1_000_000, () => 0.999_999);
    if (waitMs === undefined) expect(next).toBe("set aside");
    else expect(next).toEqual({ dueMs: 1_000_000 + waitMs - 1 });
  });
});

test("whatever fails, is lost in between or races, each effect arrives, those of a key in their order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 12 }),
      fc.array(fc.constantFrom("fails", "lost", "fine", "fine"), { maxLength: 24 }),
      async (keys, fates) => {
        const both = [new Scene(), new Scene()];
        const received: string[] = [];
        for (const it of both) {
          it.onDelivery = ({ key, payload }) => {
            const fate = fates.shift() ?? "fine";
            if (fate === "fails") throw new Error("not now");
            received.push(`${key}${payload.text}`);
            // It arrived, and nobody is left to say so.
            if (fate === "lost") throw new Error("the answer was lost");
          };
        }
        for (const [index, key] of keys.entries()) await both[0]?.add(String(index).padStart(2, "0"), { key });
        while ((await rows()).length > 0) {
          await Promise.all(both.map((it) => it.deliver()));
          for (const it of both) await it.clock.advance(600_000);
        }
        const first = [...new Set(received)];
        expect([...first].toSorted()).toEqual(
          keys.map((key, index) => `${key}${String(index).padStart(2, "0")}`).toSorted(),
        );
        for (const key of ["a", "b", "c"]) {
          const ofKey = first.filter((text) => text.startsWith(key));
          expect(ofKey).toEqual(ofKey.toSorted());
        }
      },
    ),
    { numRuns: 25 },
  );
});
