import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { join } from "node:path";
import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from "kysely";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "@hearth/testkit";
import { definedStatements, defineQuery } from "./statement.ts";
import { computed, stored, type Shape } from "./result-columns.ts";
import type { Tables } from "./tables.ts";
import { describeStatement } from "./testing/describe.ts";
import { fillTables, smallTables } from "./testing/fill-tables.ts";

const source = join(import.meta.dirname, "../..");
for await (const file of glob("**/*.ts", { cwd: source })) {
  if (file.endsWith(".test.ts") || !/define(Statement|Query)\(/.test(readFileSync(join(source, file), "utf8")))
    continue;
  await import(join(source, file));
}

const compiler = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (of) => new PostgresIntrospector(of),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

let testDatabase: TestDatabase;
let pool: pg.Pool;
let client: pg.PoolClient;
let types: Map<number, string>;
/** By "table oid.column number". */
let storedColumns: Map<string, { name: string; type: string }>;
/** The functions that are rules, by name. */
let rules: string[];
/** Those that give rows of a table, with the name of their one argument. */
let rowFunctions: { name: string; argument: string; body: string }[];

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  pool = new pg.Pool({ connectionString: testDatabase.connectionString, max: 1 });
  client = await pool.connect();
  await fillTables(client, 10_000);
  await client.query("set enable_seqscan = off");
  const typeRows = await client.query<{ oid: number; typname: string }>("select oid::int, typname from pg_type");
  types = new Map(typeRows.rows.map((row) => [row.oid, row.typname]));
  const columnRows = await client.query<{ key: string; name: string; type: string }>(`
    select a.attrelid || '.' || a.attnum as key, t.relname || '.' || a.attname as name, y.typname as type
    from pg_attribute a join pg_class t on t.oid = a.attrelid join pg_type y on y.oid = a.atttypid
    where t.relnamespace = 'public'::regnamespace and t.relkind = 'r' and a.attnum > 0`);
  storedColumns = new Map(columnRows.rows.map((row) => [row.key, row]));
  const functionRows = await client.query<(typeof rowFunctions)[number]>(`
    select p.proname as name, p.proargnames[1] as argument, p.prosrc as body
    from pg_proc p join pg_type y on y.oid = p.prorettype join pg_class t on t.oid = y.typrelid
    where p.pronamespace = 'public'::regnamespace and p.proretset and t.relkind = 'r' and p.pronargs = 1`);
  rowFunctions = functionRows.rows;
  const ruleRows = await client.query<{ name: string }>(`
    select proname as name from pg_proc p join pg_language l on l.oid = p.prolang
    where p.pronamespace = 'public'::regnamespace and l.lanname = 'sql'`);
  rules = ruleRows.rows.map(({ name }) => name);
}, 180_000);

afterAll(async () => {
  client.release();
  await pool.end();
  await testDatabase[Symbol.asyncDispose]();
});

/** The same statement with such functions' bodies in their places: through a call it is not said what is stored where. */
function withBodies(text: string): string {
  return rowFunctions.reduce(
    (whole, { name, argument, body }) =>
      whole.replace(
        new RegExp(`\\b${name}\\(([\\w.]+)\\)`, "g"),
        (_, given: string) => `(${body.replace(argument, given)})`,
      ),
    text,
  );
}

/** What the statement says that comes back, against what PostgreSQL announces; each line is a difference. */
async function faultsOfColumns(text: string, columns: Shape): Promise<string[]> {
  const announced = await describeStatement(client, withBodies(text));
  const faults: string[] = [];
  const seen = new Set<string>();
  for (const { name, dataTypeID, tableID, columnID } of announced) {
    if (seen.has(name)) faults.push(`${name} comes twice`);
    seen.add(name);
    const column = columns[name];
    if (column === undefined) {
      faults.push(`${name} comes back and is not declared`);
      continue;
    }
    const origin = storedColumns.get(`${tableID}.${columnID}`);
    const type = types.get(dataTypeID) ?? String(dataTypeID);
    if (column.source !== undefined && origin !== undefined && origin.name !== column.source) {
      faults.push(`${name} is ${origin.name}, not ${column.source}`);
    }
    const source = [...storedColumns.values()].find((each) => each.name === column.source);
    const wanted = column.types ?? (source === undefined ? [] : [source.type]);
    if (!wanted.includes(type)) faults.push(`${name} is ${type}, not ${wanted.join(" or ")}`);
  }
  for (const name of Object.keys(columns))
    if (!seen.has(name)) faults.push(`${name} is declared and does not come back`);
  return faults;
}

interface Plan {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Name"?: string;
  "Index Cond"?: string;
  Plans?: Plan[];
}

function* nodesOf(plan: Plan): Iterable<Plan> {
  yield plan;
  for (const inner of plan.Plans ?? []) yield* nodesOf(inner);
}

/**
 * The large tables of which the plan reads everything: whole, or along an index that leaves out nothing. And the rules
 * that did not become a part of the statement: a call a row.
 */
async function scansOf(text: string): Promise<string[]> {
  if (/^\s*(set|truncate)\s/.test(text)) return []; // has no plan
  const explained = await client.query<{ "QUERY PLAN": [{ Plan: Plan }] }>(
    `explain (generic_plan, verbose, format json) ${text}`,
  );
  const plan = JSON.stringify(explained.rows);
  const called = rules.filter((name) => new RegExp(`\\b${name}(\\(|")`).test(plan));
  const partial = await client.query<{ relname: string }>(
    "select c.relname from pg_index i join pg_class c on c.oid = i.indexrelid where i.indpred is not null",
  );
  const leavesOut = new Set(partial.rows.map(({ relname }) => relname));
  const scans = new Set<string>();
  for (const node of nodesOf(explained.rows[0]?.["QUERY PLAN"][0].Plan ?? { "Node Type": "none" })) {
    const table = node["Relation Name"];
    if (table === undefined || smallTables.has(table)) continue;
    const isWhole =
      node["Node Type"] === "Seq Scan" ||
      (/^Index (Only )?Scan$/.test(node["Node Type"]) &&
        node["Index Cond"] === undefined &&
        !leavesOut.has(node["Index Name"] ?? ""));
    if (isWhole) scans.add(table);
  }
  return [...scans, ...called.map((name) => `a call of ${name}`)].toSorted();
}

const statements = definedStatements().flatMap((statement) =>
  statement.texts(compiler).map((text, index) => ({ name: `${statement.name} ${index + 1}`, statement, text })),
);

test.for(statements.filter(({ statement }) => statement.columns !== undefined))(
  "what $name says that it reads is what comes back",
  async ({ statement, text }) => {
    expect(await faultsOfColumns(text, statement.columns ?? {})).toEqual([]);
  },
);

test.for(statements)("$name finds its rows by indexes", async ({ statement, text }) => {
  const scans = await scansOf(text);
  expect(scans.filter((table) => !statement.mayScan.some((each) => each === table))).toEqual([]);
});

test("what the builder makes is on the list for its plan, under a name of its own", () => {
  const names = definedStatements().map(({ name }) => name);

  expect(names).toContain("jobs.list_logs");
  const query = { name: "jobs.list_logs", samples: [{}], build: (db: typeof compiler) => db.selectFrom("users") };
  expect(() => defineQuery(query)).toThrow("Two statements are called jobs.list_logs.");
});

describe("a statement is caught that", () => {
  test.for([
    ["selects what it does not declare", "select id, name from users", "name comes back and is not declared"],
    ["declares what it does not select", "select 1 as one", "id is declared and does not come back"],
    ["selects another table's column by that name", "select id from workspaces", "id is workspaces.id, not users.id"],
    [
      "selects another column of the same type, through a function",
      "select b.workspace_id as id from workspaces w cross join lateral latest_build(w.id) b",
      "id is workspace_builds.workspace_id, not users.id",
    ],
    ["computes another type", "select 1 as id", "id is int4, not uuid"],
  ] as const)("%s", async ([, text, fault]) => {
    expect(await faultsOfColumns(text, { id: stored("users.id") })).toContain(fault);
  });

  test("is no SQL of this schema", async () => {
    await expect(faultsOfColumns("select nme from users", {})).rejects.toThrow('column "nme" does not exist');
  });

  test("says a number where a text comes", async () => {
    expect(await faultsOfColumns("select sum(1.5) as sum", { sum: computed.number })).toEqual([
      "sum is numeric, not int2 or int4 or int8 or float8",
    ]);
  });

  test.for([
    ["reads a large table whole", "select id from workspaces where ttl = 1", ["workspaces"]],
    ["reads along an index that leaves nothing out", "select id from workspaces order by id limit 1", ["workspaces"]],
    ["looks up by an index, which is right", "select id from workspaces where id = $1", []],
    [
      "calls a rule once a row, because what it is given makes it one",
      "select id from workspaces w where id = $1 and workspace_status(random()::text, 'start') = 'running'",
      ["a call of workspace_status"],
    ],
    [
      "asks for latest builds, each by an index",
      "select b.id from workspaces w cross join lateral latest_build(w.id) b where w.id = $1",
      [],
    ],
    ["reads a small table whole, which is right", "select id from templates where default_ttl = 1", []],
  ] satisfies [string, string, string[]][])("%s", async ([, text, scans]) => {
    expect(await scansOf(text)).toEqual(scans);
  });
});
