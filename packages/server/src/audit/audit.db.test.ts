import { createServer, type IncomingHttpHeaders } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { FakeClock } from "@hearth/base/fake-clock";
import { recordingLogger } from "@hearth/base/recording-logger";
import { createTestDatabase, type TestDatabase } from "@hearth/testkit";
import { systemContext } from "../access/index.ts";
import { grantFor, ownerContext } from "../access/testing/index.ts";
import { Database, transaction } from "../ground/database/index.ts";
import { addEffect, handleEffect, listSetAside, runOutbox } from "../ground/outbox/index.ts";
import { MemoryPubSub } from "../ground/pubsub/index.ts";
import { createAudit, recordChange } from "./index.ts";
import { dropEffects, requeueEffects } from "./set-aside.ts";

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

test("a change is posted until the webhook takes it, each time as the same delivery, and is in the log once", async () => {
  const posted: { headers: IncomingHttpHeaders; body: unknown }[] = [];
  const statuses = [503, 200];
  const taken = Promise.withResolvers<void>();
  const receiver = createServer((request, response) => {
    void text(request).then((body) => {
      posted.push({ headers: request.headers, body: JSON.parse(body) as unknown });
      const status = statuses[posted.length - 1] ?? 500;
      response.writeHead(status).end("thanks");
      if (status === 200) taken.resolve();
    });
  });
  receiver.listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const clock = new FakeClock();
  const log = recordingLogger();
  const pubsub = new MemoryPubSub(log);
  const stop = new AbortController();
  const { port } = receiver.address() as AddressInfo; // it listens on TCP
  const sink = { webhookUrl: `http://127.0.0.1:${port}/hook`, webhookToken: "s3cret" };
  const { db } = database;
  const running = runOutbox(
    { db, pubsub, clock, log, handlers: createAudit({ sink, log, db, pubsub, clock }).effects ?? [] },
    stop.signal,
  );
  const user = { id: "00000000-0000-4000-8000-000000000001", username: "ada" };
  const change = { action: "user_roles_changed", user, nowMs: clock.now() } as const;

  // Who acts is told to the transaction, and to nothing in it.
  const ctx = systemContext("setup", log, stop.signal);
  await transaction(ctx, db, { name: "test" }, async (tx) => {
    await recordChange(tx, pubsub, { ...change, before: [], after: [] }); // nothing
    await recordChange(tx, pubsub, { ...change, before: [], after: ["auditor"] });
  });
  await clock.asleep("outbox-retry");
  // A webhook that never answers does not keep it out of the log.
  expect(log.lines.filter(({ message }) => message === "audit")).toHaveLength(1);
  await clock.advance(2_000);
  await taken.promise;
  await clock.asleep("outbox");
  await expect.poll(() => db.selectFrom("outbox").selectAll().execute()).toEqual([]);

  const [first, second] = posted;
  expect(posted).toHaveLength(2);
  expect(second?.body).toEqual({
    id: second?.headers["hearth-delivery"],
    at: new Date(change.nowMs).toISOString(),
    action: "user_roles_changed",
    actor: { kind: "system", id: "", name: "setup" },
    user,
    before: [],
    after: ["auditor"],
  });
  expect(first?.headers["hearth-delivery"]).toBe(second?.headers["hearth-delivery"]);
  expect(second?.headers.authorization).toBe("Bearer s3cret");
  const lines = log.lines.filter(({ message }) => message === "audit");
  expect(lines).toMatchObject([{ level: "info", fields: { audit: second?.body } }]);
  expect(JSON.stringify(log.lines)).not.toContain("s3cret");
  stop.abort();
  await running;
  receiver.close();
});

test("what was set aside is put back and delivered, or dropped, each act with one record of who did it", async () => {
  const { db } = database;
  const clock = new FakeClock();
  const log = recordingLogger();
  const pubsub = new MemoryPubSub(log);
  const ctx = ownerContext();
  const deps = { db, clock, pubsub };
  const granted = grantFor("deployment_config:update", {});
  const note = { name: "note", schema: z.object({ text: z.string() }) };
  const received: string[] = [];
  let isBroken = true;
  const notes = handleEffect(note, async ({ payload }) => {
    await Promise.resolve();
    if (isBroken) throw new Error("the receiver is broken");
    received.push(payload.text);
  });
  await transaction(ctx, db, { name: "test" }, async (tx) => {
    for (const text of ["one", "two", "three"]) {
      await addEffect(tx, pubsub, note, { key: text, payload: { text }, nowMs: clock.now() });
    }
  });
  const audit = createAudit({ ...deps, sink: { webhookUrl: undefined, webhookToken: undefined }, log });
  const handlers = [notes, ...(audit.effects ?? [])];
  const stop = new AbortController();
  const running = runOutbox({ db, pubsub, clock, log, handlers }, stop.signal);
  await clock.asleep("outbox-retry");
  await db.updateTable("outbox").set({ attempts: 19 }).execute();
  await clock.advance(600_000); // for the last time
  await expect.poll(async () => (await listSetAside(db)).length).toBe(3);
  isBroken = false;
  const listed = new Map((await listSetAside(db)).map((row) => [row.key, row]));
  const [one, two, three] = ["one", "two", "three"].map((key) => listed.get(key));
  expect(one).toMatchObject({ kind: "note", key: "one", attempts: 20, last_error: "the receiver is broken" });

  const back = await requeueEffects(ctx, deps, granted, [one?.id ?? "", two?.id ?? ""]);
  const gone = await dropEffects(ctx, deps, granted, [three?.id ?? "", one?.id ?? ""]);

  expect([back, gone].map((rows) => rows.map(({ key }) => key))).toEqual([["one", "two"], ["three"]]);
  await expect.poll(() => received.toSorted()).toEqual(["one", "two"]);
  await expect.poll(() => db.selectFrom("outbox").selectAll().execute()).toEqual([]);
  const records = log.lines.filter(({ message }) => message === "audit").map(({ fields }) => fields["audit"]);
  const actor = { kind: "user", name: "owner" };
  expect(records).toMatchObject([
    { action: "effect_requeued", actor, effects: [{ kind: "note", key: "one" }, { key: "two" }] },
    { action: "effect_dropped", actor, effects: [{ key: "three" }] },
  ]);
  stop.abort();
  await running;
});

test("what is put back while its receiver stays down is one record more, and no record is in the log twice", async () => {
  const { db } = database;
  const clock = new FakeClock();
  const log = recordingLogger();
  const pubsub = new MemoryPubSub(log);
  const ctx = ownerContext();
  const deps = { db, clock, pubsub };
  const granted = grantFor("deployment_config:update", {});
  const receiver = createServer((_request, response) => response.writeHead(503).end());
  receiver.listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const { port } = receiver.address() as AddressInfo; // it listens on TCP
  const sink = { webhookUrl: `http://127.0.0.1:${port}/hook`, webhookToken: undefined };
  const handlers = createAudit({ ...deps, sink, log }).effects ?? [];
  const pass = async () => {
    const stop = new AbortController();
    const running = runOutbox({ db, pubsub, clock, log, handlers }, stop.signal);
    await clock.asleep("outbox");
    stop.abort();
    await running;
  };
  /** What is to be delivered is tried once, and then for the last time. */
  const giveUp = async () => {
    await pass();
    const last = { attempts: 19, due_at: new Date(clock.now()) };
    await db.updateTable("outbox").set(last).where("set_aside_at", "is", null).execute();
    await pass();
  };
  const requeueAll = async () => {
    const ids = (await listSetAside(db)).map(({ id }) => id);
    await requeueEffects(ctx, deps, granted, ids);
  };
  await transaction(ctx, db, { name: "test" }, async (tx) => {
    for (const [index, username] of ["ada", "bob", "eve"].entries()) {
      const user = { id: `00000000-0000-4000-8000-00000000000${index}`, username };
      const change = { action: "user_roles_changed", user, nowMs: clock.now() } as const;
      await recordChange(tx, pubsub, { ...change, before: [], after: ["auditor"] });
    }
  });
  await giveUp();

  for (let act = 0; act < 2; act++) {
    await requeueAll();
    await giveUp();
  }

  const told = log.lines.filter(({ message }) => message === "audit").map(({ fields }) => fields["audit"]);
  expect(await listSetAside(db)).toHaveLength(5);
  expect(told).toHaveLength(5);
  expect(new Set(told.map((record) => (record as { id: string }).id)).size).toBe(5);
  receiver.close();
  await db.deleteFrom("outbox").execute();
});
