import pg from "pg";
import { expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "./test-database.ts";

async function query(database: TestDatabase, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: database.connectionString });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

test("a test database has the tables of all migrations", async () => {
  await using database = await createTestDatabase();

  const rows = await query(database, "select count(*)::int as count from schema_migrations");

  expect(rows).toEqual([{ count: expect.any(Number) }]);
  expect(rows).not.toEqual([{ count: 0 }]);
});

test("what one test writes another does not see", async () => {
  await using one = await createTestDatabase();
  await using other = await createTestDatabase();

  await query(one, "create table marks (id int)");

  expect(await query(other, "select to_regclass('marks') as found")).toEqual([{ found: null }]);
});

test("an empty database has no tables", async () => {
  await using database = await createTestDatabase({ from: "empty" });

  expect(await query(database, "select count(*)::int from pg_tables where schemaname = 'public'")).toEqual([
    { count: 0 },
  ]);
});

test("a database that is disposed is gone, whoever was connected", async () => {
  const database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.connectionString });
  const errors: unknown[] = [];
  client.on("error", (error) => errors.push(error));
  await client.connect();

  await database[Symbol.asyncDispose]();

  await expect(client.query("select 1")).rejects.toThrow();
  expect(errors).not.toEqual([]);
  await expect(query(database, "select 1")).rejects.toMatchObject({ code: "3D000" });
});
