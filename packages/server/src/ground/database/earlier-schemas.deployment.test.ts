import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { describe, expect, test } from "vitest";
import { silentLogger } from "@hearth/base";
import { endpoints } from "@hearth/sdk";
import { columnsThatHold, createTestDatabase, Deployment, type TestDatabase } from "@hearth/testkit";
import { generateTables, migrate } from "./index.ts";

// One dump for each schema that was released, of a deployment with rows in every table. It is made once, by `pg_dump
// --inserts` when the schema is released, and never changes.
const fixtures = join(import.meta.dirname, "fixtures");
const dumps = readdirSync(fixtures).filter((file) => /^schema-\d{4}\.sql$/.test(file));

/** A database that has what the dump has. */
async function restore(dump: string): Promise<TestDatabase> {
  const database = await createTestDatabase({ from: "empty" });
  // On a connection of its own: a dump changes the settings of its session.
  await withClient(database, (client) => client.query(readFileSync(join(fixtures, dump), "utf8")));
  return database;
}

async function withClient<T>(database: TestDatabase, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: database.connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function migrateToHead(database: TestDatabase): Promise<{ ran: number }> {
  const pool = new pg.Pool({ connectionString: database.connectionString, max: 1 });
  try {
    return await migrate(pool, silentLogger);
  } finally {
    await pool.end();
  }
}

/** The rows of each table, by its name. */
async function countRows(client: pg.Client): Promise<Record<string, number>> {
  const { rows } = await client.query<{ name: string }>(
    "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by relname",
  );
  const counts: Record<string, number> = {};
  for (const { name } of rows) {
    const counted = await client.query<{ count: number }>(`select count(*)::int as count from public."${name}"`);
    counts[name] = counted.rows[0]?.count ?? 0;
  }
  return counts;
}

async function countUnsealedStates(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    "select count(*)::int as count from unsealed where kind = 'build_state'",
  );
  return rows[0]?.count ?? 0;
}

/** Tables with their types, and the definitions of indexes, constraints, functions and triggers. */
async function schemaOf(client: pg.Client): Promise<unknown> {
  const { rows } = await client.query<{ what: string }>(`
    select pg_get_indexdef(indexrelid) as what from pg_index i join pg_class t on t.oid = i.indrelid
      where t.relnamespace = 'public'::regnamespace
    union all
    select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
      where connamespace = 'public'::regnamespace
    union all
    select pg_get_functiondef(oid) from pg_proc where pronamespace = 'public'::regnamespace
    union all
    select pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
    union all
    select table_name || '.' || column_name || ' ' || coalesce(column_default, '') from information_schema.columns
      where table_schema = 'public'
    order by what`);
  const tables = await generateTables(client);
  // Columns stand in the order in which they came.
  return { tables: tables.split("\n").toSorted(), what: rows.map(({ what }) => what) };
}

test("there is a dump of the first schema that was released", () => {
  expect(dumps).toContain("schema-0010.sql");
});

describe.for(dumps)("a database of %s", (dump) => {
  test("has rows in every table, and keeps them all", async () => {
    await using database = await restore(dump);
    const before = await withClient(database, countRows);
    expect(Object.entries(before).filter(([, count]) => count === 0)).toEqual([]);

    await migrateToHead(database);

    const after = await withClient(database, countRows);
    // Until the server that starts next has sealed them.
    after["workspace_build_states"] = await withClient(database, countUnsealedStates);
    const lost = Object.entries(before).filter(([table, count]) => (after[table] ?? 0) < count);
    expect(lost).toEqual([]);
  });

  test("has the schema of a new one after its migrations", async () => {
    await using database = await restore(dump);
    await using fresh = await createTestDatabase();

    await migrateToHead(database);

    expect(await withClient(database, schemaOf)).toEqual(await withClient(fresh, schemaOf));
  });

  test("is one of which the next start seals what lay open, before anybody asks for it", async () => {
    await using database = await restore(dump);
    const secrets = {
      variable: "open-variable-81",
      value: "open-value-82",
      state: "open-state-83",
      job: "open-job-84",
    };
    const buildId = await withClient(database, async (client) => {
      await client.query("update template_version_variables set sensitive = true, value = $1", [secrets.variable]);
      await client.query("update template_version_parameters set mutable = true, ephemeral = true");
      await client.query("update workspace_build_parameters set value = $1", [secrets.value]);
      await client.query("update workspace_build_states set state = convert_to($1, 'UTF8') || state", [secrets.state]);
      await client.query(
        `insert into provisioner_jobs (id, organization_id, initiator_id, type, file_id, input, tags, created_at, updated_at)
        select gen_random_uuid(), organization_id, initiator_id, type, file_id,
          jsonb_set(input, '{variables}', jsonb_build_array(jsonb_build_object('name', 'token', 'value', $1::text))),
          '{"scope": "organization", "owner": "", "nobody": "has"}', now(), now()
        from provisioner_jobs where type = 'template_version_import' limit 1`,
        [secrets.job],
      );
      const { rows } = await client.query<{ id: string }>("select build_id as id from workspace_build_states limit 1");
      return rows[0]?.id ?? "";
    });
    const whereIs = async (secret: string) => await columnsThatHold(database.connectionString, secret);
    expect(await Promise.all(Object.values(secrets).map(whereIs))).toEqual([
      ["template_version_variables.value"],
      ["workspace_build_parameters.value"],
      ["workspace_build_states.state"],
      ["provisioner_jobs.input"],
    ]);

    await using deployment = await Deployment.create({ database });

    expect(await Promise.all(Object.values(secrets).map(whereIs))).toEqual([[], [], [], []]);
    const { client } = deployment;
    const state = await client.call(endpoints.builds.getBuildState, { params: { workspacebuild: buildId } });
    expect(new TextDecoder().decode(state)).toContain(secrets.state);
    const values = await client.call(endpoints.builds.listBuildParameters, { params: { workspacebuild: buildId } });
    expect(values).toEqual([{ name: "place", value: secrets.value }]);
    const counts = await withClient(database, countRows);
    expect(counts).toMatchObject({ unsealed: 0, provisioner_job_secrets: 1, template_version_secrets: 1 });
  });

  test("is one that a server starts on, and that goes on where it was", async () => {
    await using database = await restore(dump);
    await using deployment = await Deployment.create({ database });
    const { client } = deployment;

    const { workspaces } = await client.call(endpoints.workspaces.listWorkspaces, { query: { q: "owner:me" } });
    expect(workspaces.map(({ name, latest_build: { status } }) => [name, status])).toEqual([
      ["one", "stopped"],
      ["two", "running"],
    ]);
    const [one] = workspaces;
    await client.call(endpoints.builds.createBuild, {
      params: { workspace: one?.id ?? "" },
      body: { transition: "start" },
    });
    expect(await deployment.settled(one?.id ?? "")).toMatchObject({ latest_build: { status: "running" } });
    const made = await client.call(endpoints.workspaces.createWorkspace, {
      params: { user: "me" },
      body: { template_id: one?.template_id ?? "", name: "three" },
    });
    expect(await deployment.settled(made.id)).toMatchObject({ latest_build: { status: "running" } });
  });
});
