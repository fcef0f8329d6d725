import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { silentLogger } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { createTestDatabase, type TestDatabase } from "@hearth/testkit";
import { contextOfSystem } from "../access/testing/index.ts";
import { Database, transaction } from "../ground/database/index.ts";
import { MemoryPubSub } from "../ground/pubsub/index.ts";
import { someoneWaitsForALock } from "../testing/index.ts";
import { Replica } from "./index.ts";
import { findReplica, insertReplica, renewAndList } from "./store.ts";

let testDatabase: TestDatabase;
let database: Database;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = new Database({ connectionString: testDatabase.connectionString, maxConnections: 4 }, () => undefined);
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await testDatabase[Symbol.asyncDispose]();
});

async function start(clock: FakeClock) {
  const deps = { db: database.db, pubsub: new MemoryPubSub(silentLogger), clock, log: silentLogger, version: "test" };
  const replica = await Replica.start(deps);
  await clock.asleep("replica-lease"); // the first renewal is over
  return replica;
}

const rows = () => database.db.selectFrom("replicas").selectAll().execute();

test("a replica holds its lease by renewing it, and gives it up when it stops", async () => {
  const clock = new FakeClock();
  const replica = await start(clock);

  await clock.advance(5_000);
  await clock.asleep("replica-lease");

  expect(await rows()).toMatchObject([
    { id: replica.id, renewed_at: new Date(clock.now()), expires_at: new Date(clock.now() + 15_000) },
  ]);
  expect(replica.live().map(({ id }) => id)).toEqual([replica.id]);
  await replica[Symbol.asyncDispose]();
  expect(await rows()).toEqual([]);
});

test("a replica that stopped renewing is ended by another once its lease is over", async () => {
  const clock = new FakeClock();
  await using alive = await start(clock);
  await database.db
    .insertInto("replicas")
    .values({
      id: "00000000-0000-4000-8000-000000000001",
      hostname: "lost",
      version: "test",
      started_at: new Date(clock.now()),
      renewed_at: new Date(clock.now() - 10_000),
      expires_at: new Date(clock.now() + 5_000),
    })
    .execute();

  await clock.advance(5_000);
  await clock.asleep("replica-lease");

  expect((await rows()).map(({ id }) => id)).toEqual([alive.id]);
});

test("a replica whose row was taken away takes it again, and says so", async () => {
  const clock = new FakeClock();
  await using replica = await start(clock);
  let takenBack = 0;
  using _listener = replica.onTakenBack(() => takenBack++);
  await database.db.deleteFrom("replicas").execute();

  await clock.advance(5_000);
  await clock.asleep("replica-lease");

  expect(takenBack).toBe(1);
  expect((await rows()).map(({ id }) => id)).toEqual([replica.id]);
});

test("a replica is found by its id while it holds its lease, and renews its own alone", async () => {
  const [one, other] = [randomUUID(), randomUUID()];
  const nowMs = Date.UTC(2026, 0, 1);
  for (const id of [one, other]) {
    const names = { hostname: "h", address: "", version: "test" };
    await insertReplica(database.db, { id, nowMs, expiresAtMs: nowMs + 15_000, ...names });
  }

  const { wasRenewed } = await renewAndList(database.db, {
    id: one,
    nowMs: nowMs + 5_000,
    expiresAtMs: nowMs + 20_000,
  });

  expect(wasRenewed).toBe(true);
  const found = async (id: string, afterMs: number) =>
    (await findReplica(database.db, { id, nowMs: nowMs + afterMs }))?.id;
  expect(await Promise.all([found(one, 19_999), found(one, 20_000)])).toEqual([one, undefined]);
  expect(await Promise.all([found(other, 14_999), found(other, 15_000)])).toEqual([other, undefined]);
  expect(await found(randomUUID(), 0)).toBeUndefined();
});

test("a lease whose row another replica ends at the same time is not renewed", async () => {
  const id = randomUUID();
  const nowMs = Date.UTC(2026, 0, 1);
  const names = { hostname: "h", address: "", version: "test" };
  await insertReplica(database.db, { id, nowMs, expiresAtMs: nowMs + 15_000, ...names });
  let renewed: ReturnType<typeof renewAndList> | undefined;

  await transaction(contextOfSystem("agents"), database.db, { name: "test" }, async (tx) => {
    await tx.deleteFrom("replicas").where("id", "=", id).execute();
    renewed = renewAndList(database.db, { id, nowMs: nowMs + 15_000, expiresAtMs: nowMs + 30_000 });
    await Promise.race([someoneWaitsForALock(database.db), renewed]);
  });

  expect((await renewed)?.wasRenewed).toBe(false);
  expect((await renewed)?.replicas.map((replica) => replica.id)).not.toContain(id);
});
