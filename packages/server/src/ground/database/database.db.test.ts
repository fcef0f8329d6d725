import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { sql } from "kysely";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { silentLogger, systemClock } from "@hearth/base";
import { createTestDatabase, type TestDatabase } from "@hearth/testkit";
import {
  afterCommit,
  commitStatement,
  computed,
  contextOf,
  Database,
  defineStatement,
  generateTables,
  migrate,
  readMigrations,
  transaction,
  type Acting,
  type Db,
  type Tx,
} from "./index.ts";

const ctx = { actor: { kind: "anonymous" }, log: silentLogger, signal: new AbortController().signal } as const;

let testDatabase: TestDatabase;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = new Database({ connectionString: testDatabase.connectionString, maxConnections: 4 }, () => undefined);
  await database.pool.query("create table counters (name text primary key, value int not null)");
  await database.pool.query("insert into counters values ('a', 0), ('b', 0)");
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await testDatabase[Symbol.asyncDispose]();
});

test("migrating again does nothing", async () => {
  expect(await migrate(database.pool, silentLogger)).toEqual({ ran: 0 });
});

test("a migration that changed after it ran is refused by name", async () => {
  const migrations = await readMigrations();
  const changed = migrations.map((migration, index) => (index === 0 ? { ...migration, hash: "other" } : migration));

  await expect(migrate(database.pool, silentLogger, changed)).rejects.toThrow(
    "0001_identity.sql was changed after it ran",
  );
});

test("a database of a newer version is refused", async () => {
  const migrations = (await readMigrations()).slice(0, 2);

  await expect(migrate(database.pool, silentLogger, migrations)).rejects.toThrow("newer version");
});

test("a migration that fails keeps nothing", async () => {
  const migrations = await readMigrations();
  const number = migrations.length + 1;
  const broken = {
    number,
    name: `${number}_broken.sql`,
    hash: "x",
    ownTransaction: false,
    sql: "create table half_made (id int); select nonsense();",
  };

  await expect(migrate(database.pool, silentLogger, [...migrations, broken])).rejects.toThrow("nothing of it was kept");

  const { rows } = await database.pool.query("select to_regclass('half_made') as found");
  expect(rows[0]).toEqual({ found: null });
});

test("the committed table types are those of the migrated database", async () => {
  // The tables of this file are no part of it.
  await using fresh = await createTestDatabase();
  const pool = new pg.Pool({ connectionString: fresh.connectionString });
  const generated = await generateTables(pool);
  await pool.end();

  const committed = await readFile(join(import.meta.dirname, "tables.ts"), "utf8");

  const squeeze = (text: string) =>
    text
      .replace(/\s+/g, "")
      .replaceAll(",}", "}")
      .replaceAll(",]", "]")
      .replace(/([:<(])\|/g, "$1");
  expect(squeeze(committed)).toBe(squeeze(generated));
});

test.for([
  ["a JSON column that the map lacks", "create table notes (document jsonb)", "says nothing of notes.document"],
  ["one that the database lacks", "alter table users drop column preferences", "has users.preferences, and the data"],
  ["a table without a primary key", "create table lists (word text not null)", "lists has no primary key"],
  [
    "a type that it does not know",
    "create table places (id uuid primary key, at point)",
    "No TypeScript type for point of places.at",
  ],
] as const)("the table types are not made with %s", async ([, change, refusal]) => {
  const client = await database.pool.connect();
  try {
    await client.query("begin");
    await client.query(change);
    await expect(generateTables(client)).rejects.toThrow(refusal);
  } finally {
    await client.query("rollback");
    client.release();
  }
});

test("announcements leave after the commit, in order, and never after a rollback", async () => {
  const heard: string[] = [];

  await transaction(ctx, database.db, { name: "announce" }, async (tx) => {
    afterCommit(tx, () => heard.push("first"));
    await transaction(ctx, tx, { name: "joined" }, async (inner) => afterCommit(inner, () => heard.push("second")));
    expect(heard).toEqual([]);
  });
  const failing = transaction(ctx, database.db, { name: "fail" }, async (tx) => {
    afterCommit(tx, () => heard.push("never"));
    throw new Error("no");
  });

  await expect(failing).rejects.toThrow("no");
  expect(heard).toEqual(["first", "second"]);
});

describe("a statement that commits by itself", () => {
  const now = defineStatement({
    name: "database.test.one",
    columns: { one: computed.number },
    samples: [{ divisor: 1 }],
    build: ({ divisor }: { divisor: number }) => sql`select 1 / ${divisor}::integer as one`,
  });
  const run = async (divisor: number, heard: string[], acting: Acting = ctx) =>
    await commitStatement(
      acting,
      database.db,
      { name: "one" },
      { statement: now, params: { divisor } },
      (rows, done) => {
        afterCommit(done, () => heard.push("after"));
        expect(heard).toEqual([]);
        return [rows, contextOf(done)];
      },
    );

  test("tells its rows and who acts, and then announces", async () => {
    const heard: string[] = [];

    expect(await run(1, heard)).toEqual([[{ one: 1 }], ctx]);
    expect(heard).toEqual(["after"]);
  });

  test("announces nothing when it failed", async () => {
    const heard: string[] = [];

    await expect(run(0, heard)).rejects.toThrow("division by zero");
    expect(heard).toEqual([]);
  });

  test("is not sent for whoever gave up before, and refuses to be a part of a transaction", async () => {
    const gaveUp = { ...ctx, signal: AbortSignal.abort(new Error("gave up")) };

    await expect(run(1, [], gaveUp)).rejects.toThrow("gave up");
    const inside = transaction(
      ctx,
      database.db,
      { name: "outer" },
      async (tx) =>
        await commitStatement(ctx, tx, { name: "one" }, { statement: now, params: { divisor: 1 } }, () => undefined),
    );
    await expect(inside).rejects.toThrow("in no transaction");
  });
});

test("a transaction knows who acts in it, however deep, and stays that of whoever began it", async () => {
  const ada = { ...ctx, actor: { kind: "user", userId: "1", username: "ada" } } as const;

  const seen = await transaction(ada, database.db, { name: "outer" }, async (outer) => [
    contextOf(outer),
    await transaction(ctx, outer, { name: "inner" }, async (inner) => contextOf(inner)),
  ]);

  expect(seen).toEqual([ada, ada]);
  expect(() => contextOf(database.db as unknown as Tx)).toThrow("the handle that transaction() gave");
});

test("work that was given up is not begun", async () => {
  const stop = new AbortController();
  stop.abort(new Error("the client left"));
  const work = vi.fn<() => Promise<void>>();

  const running = transaction({ ...ctx, signal: stop.signal }, database.db, { name: "late" }, work);

  await expect(running).rejects.toThrow("the client left");
  expect(work).not.toHaveBeenCalled();
});

test("what has begun is committed when it is given up in the middle, and not tried again when it fails", async () => {
  const insert = (tx: Tx, name: string) =>
    tx
      .insertInto("counters" as never)
      .values({ name, value: 1 })
      .execute();
  const stop = new AbortController();
  const conflict = Object.assign(new pg.DatabaseError("a conflict", 0, "error"), { code: "40001" });
  let attempts = 0;

  await transaction({ ...ctx, signal: stop.signal }, database.db, { name: "begun" }, async (tx) => {
    await insert(tx, "begun");
    stop.abort(new Error("the client left"));
  });
  const second = new AbortController();
  const failing = transaction({ ...ctx, signal: second.signal }, database.db, { name: "failing" }, async (tx) => {
    attempts++;
    await insert(tx, "failing");
    second.abort(new Error("the client left"));
    throw conflict;
  });

  await expect(failing).rejects.toThrow("the client left");
  expect(attempts).toBe(1);
  const { rows } = await database.pool.query("select name from counters where name in ('begun', 'failing')");
  expect(rows).toEqual([{ name: "begun" }]);
});

test("a serialization failure is retried at the outermost level [builds 112]", async () => {
  let attempts = 0;

  const running = transaction(
    ctx,
    database.db,
    { name: "conflict", isolation: "repeatable read", clock: systemClock },
    async (tx) => {
      attempts++;
      await tx.selectFrom("users").select("id").limit(1).execute();
      // Somebody else commits a change of the row between our snapshot and our write: once.
      if (attempts === 1) await database.pool.query("update counters set value = value + 1 where name = 'a'");
      await transaction(ctx, tx, { name: "inner" }, async (inner) => {
        await inner
          .updateTable("counters" as never)
          .set({ value: 10 } as never)
          .where("name" as never, "=", "a" as never)
          .execute();
      });
    },
  );
  await running;

  expect(attempts).toBe(2);
  const { rows } = await database.pool.query("select value from counters where name = 'a'");
  expect(rows[0]).toEqual({ value: 10 });
});

test("a connection that is killed in the middle rolls everything back", async () => {
  const killed = transaction(ctx, database.db, { name: "killed", clock: systemClock }, async (tx) => {
    await tx
      .updateTable("counters" as never)
      .set({ value: 99 } as never)
      .execute();
    const me = await tx.selectNoFrom((s) => s.fn<number>("pg_backend_pid").as("pid")).executeTakeFirstOrThrow();
    await database.pool.query("select pg_terminate_backend($1)", [me.pid]);
    await tx.selectFrom("users").select("id").execute();
  });

  await expect(killed).rejects.toThrow();
  const { rows } = await database.pool.query("select count(*)::int as changed from counters where value = 99");
  expect(rows[0]).toEqual({ changed: 0 });
});

test("a prepared statement is planned once, whatever its values", async () => {
  await using one = new Database(
    { connectionString: testDatabase.connectionString, maxConnections: 1 },
    () => undefined,
  );
  const read = async (value: number) => await sql`select value from counters where value = ${value}`.execute(one.db);

  for (const value of [1, 2, 3]) await read(value);

  const { rows } = await sql`select generic_plans, custom_plans from pg_prepared_statements
    where statement like 'select value from counters%'`.execute(one.db);
  expect(rows).toEqual([{ generic_plans: 2, custom_plans: 0 }]);
});

test("a statement that repeats is prepared, and a migration under it is noticed, alone and in a transaction", async () => {
  await using fresh = await createTestDatabase();
  await using one = new Database({ connectionString: fresh.connectionString, maxConnections: 1 }, () => undefined);
  await sql`create table pets (name text)`.execute(one.db);
  await sql`insert into pets values ('cat')`.execute(one.db);
  const read = async (db: Db | Tx) => (await sql`select * from pets`.execute(db)).rows;
  const prepared = async () =>
    (
      await sql<{
        name: string;
      }>`select name from pg_prepared_statements where statement = 'select * from pets'`.execute(one.db)
    ).rows.length;

  await read(one.db);
  expect(await prepared()).toBe(0);
  await read(one.db);
  expect(await prepared()).toBe(1);

  await sql`alter table pets add column age int`.execute(one.db);
  expect(await read(one.db)).toEqual([{ name: "cat", age: null }]);

  await sql`alter table pets add column color text`.execute(one.db);
  const rows = await transaction(ctx, one.db, { name: "pets" }, read);
  expect(rows).toEqual([{ name: "cat", age: null, color: null }]);
});
