import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { silentLogger, systemClock } from "@hearth/base";
import { createTestDatabase, type TestDatabase } from "@hearth/testkit";
import pg from "pg";
import { MemoryPubSub, PostgresPubSub, type PubSub } from "./index.ts";

let testDatabase: TestDatabase;
let pool: pg.Pool;
const template = "11111111-2222-4333-8444-555555555555";

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  pool = new pg.Pool({ connectionString: testDatabase.connectionString });
});
afterAll(async () => {
  await pool.end();
  await testDatabase[Symbol.asyncDispose]();
});

async function openPostgres(): Promise<PostgresPubSub> {
  return await PostgresPubSub.open({
    pool,
    connectionString: testDatabase.connectionString,
    clock: systemClock,
    log: silentLogger,
  });
}

/** Collects what a subscription hears, and resolves `next` at each. */
function ear(pubsub: PubSub, key: string) {
  const heard: string[] = [];
  let waiting = Promise.withResolvers<void>();
  const ring = (word: string) => {
    heard.push(word);
    waiting.resolve();
    waiting = Promise.withResolvers<void>();
  };
  const subscription = pubsub.subscribe("template", key, {
    onMessage: (_message, from) => ring(from),
    onDropped: () => ring("dropped"),
  });
  return { heard, next: () => waiting.promise, subscription };
}

describe.for([
  ["memory", async () => new MemoryPubSub(silentLogger) as PubSub],
  ["postgres", openPostgres as () => Promise<PubSub>],
] as const)("%s", ([, open]) => {
  test("subscribers of this replica hear at once, by key and by *", async () => {
    await using pubsub = await open();
    const one = ear(pubsub, template);
    const all = ear(pubsub, "*");
    const other = ear(pubsub, "another");

    pubsub.publish("template", template, {});

    expect([one.heard, all.heard, other.heard]).toEqual([[template], [template], []]);
  });

  test("whoever left hears no more, and one that throws disturbs nobody", async () => {
    await using pubsub = await open();
    const left = ear(pubsub, template);
    left.subscription[Symbol.dispose]();
    using _broken = pubsub.subscribe("template", template, {
      onMessage: () => {
        throw new Error("broken");
      },
      onDropped: () => undefined,
    });
    const stays = ear(pubsub, template);

    pubsub.publish("template", template, {});

    expect([left.heard, stays.heard]).toEqual([[], [template]]);
  });
});

test("another replica hears, once, in one notification for many messages", async () => {
  await using here = await openPostgres();
  await using there = await openPostgres();
  const listener = ear(there, "*");
  const counted = new pg.Client({ connectionString: testDatabase.connectionString });
  await counted.connect();
  let notifications = 0;
  counted.on("notification", () => notifications++);
  await counted.query("listen hearth");

  for (let index = 0; index < 50; index++) here.publish("template", `key-${index}`, {});
  while (listener.heard.length < 50) await listener.next();
  // What was notified before is told with the answer.
  await counted.query("select 1");

  expect(listener.heard).toEqual(Array.from({ length: 50 }, (_, index) => `key-${index}`));
  expect(notifications).toBe(1);
  await counted.end();
});

test("a listener that lost its connection tells its subscribers to read again, and hears afterwards", async () => {
  await using here = await openPostgres();
  await using there = await openPostgres();
  const listener = ear(there, template);

  await pool.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'hearth listener'");
  while (listener.heard.filter((word) => word === "dropped").length < 2) await listener.next();
  here.publish("template", template, {});
  while (!listener.heard.includes(template)) await listener.next();

  expect(listener.heard.at(0)).toBe("dropped");
});

test("a stranger's notification is left out", async () => {
  await using pubsub = await openPostgres();
  await using other = await openPostgres();
  const listener = ear(pubsub, "*");

  await pool.query(
    'select pg_notify(\'hearth\', \'hello\'), pg_notify(\'hearth\', \'{"from":"x","m":[["no_such","k",{}],["job_logs","k",7]]}\')',
  );
  other.publish("template", template, {});
  while (listener.heard.length === 0) await listener.next();

  expect(listener.heard).toEqual([template]);
});

test("where nobody can listen, opening says so instead of waiting for ever", async () => {
  const nowhere = "postgres://nobody@127.0.0.1:1/none";

  const opening = PostgresPubSub.open({
    pool,
    connectionString: nowhere,
    clock: systemClock,
    log: silentLogger,
  });

  await expect(opening).rejects.toMatchObject({
    message: "The database cannot be listened to.",
    cause: { code: "ECONNREFUSED" },
  });
});

test("opening is given up with its signal, though the database never answers", async () => {
  const mute = createServer();
  const connected = once(mute, "connection") as Promise<[Socket]>; // what "connection" carries
  mute.listen(0, "127.0.0.1");
  await once(mute, "listening");
  const { port } = mute.address() as AddressInfo; // of TCP
  const start = new AbortController();

  const opening = PostgresPubSub.open(
    { pool, connectionString: `postgres://x@127.0.0.1:${port}/x`, clock: systemClock, log: silentLogger },
    start.signal,
  );
  const [socket] = await connected;
  const over = once(socket.resume(), "close");
  start.abort(new Error("the start was interrupted"));

  await expect(opening).rejects.toThrow("the start was interrupted");
  await over;
  mute.close();
});
