import type pg from "pg";
import { wordsOfCheck } from "../closed-words.ts";
import type { Tables } from "../tables.ts";

/** Tables that stay small however much a deployment is used: reading them whole costs nothing. */
export const smallTables: ReadonlySet<string> = new Set<keyof Tables>([
  "ai_provider_keys",
  "ai_providers",
  "chat_model_configs",
  "chat_organization_model_overrides",
  "deployment_keys",
  "organizations",
  "provisioner_daemons",
  "replicas",
  "seal_check",
  "site_settings",
  "template_version_preset_parameters",
  "template_version_preset_prebuild_schedules",
  "template_version_presets",
  "templates",
]);

const fewRows = 20;

interface Column {
  table: string;
  column: string;
  type: string;
  nullable: boolean;
  isPrimary: boolean;
  /** The table whose `id` it refers to. */
  refers: string | null;
  checks: string[];
}

/**
 * Puts rows into every table, `rows` into those that grow, so that plans are those of a database that is used. Rows refer
 * to rows that are there; what has a default has it, and the rest is made up by its type. Jobs have ended, but a few.
 */
export async function fillTables(client: pg.PoolClient, rows: number): Promise<void> {
  const columns = await client.query<Column>(`
    select t.relname as "table", a.attname as "column", y.typname as "type", not a.attnotnull as "nullable",
      exists (select from pg_constraint c where c.conrelid = t.oid and c.contype = 'p' and c.conkey = array[a.attnum]) as "isPrimary",
      (select c.confrelid::regclass::text from pg_constraint c
        where c.conrelid = t.oid and c.contype = 'f' and c.conkey = array[a.attnum] limit 1) as "refers",
      array(select pg_get_constraintdef(c.oid) from pg_constraint c
        where c.conrelid = t.oid and c.contype = 'c' and c.conkey = array[a.attnum]) as "checks"
    from pg_class t
    join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
    join pg_type y on y.oid = a.atttypid
    where t.relnamespace = 'public'::regnamespace and t.relkind = 'r' and t.relname <> 'schema_migrations'
      and a.attgenerated = '' and a.attidentity = '' and not a.atthasdef
    order by t.relname, a.attnum`);
  const countOf = (table: string) => (smallTables.has(table) ? Math.min(fewRows, rows) : rows);
  // No trigger and no foreign key is looked at: rows refer to rows of tables that come later.
  await client.query("set session_replication_role = replica");
  try {
    for (const [table, list] of Map.groupBy(columns.rows, (column) => column.table)) {
      const used = list.filter((column) => !column.nullable || column.refers !== null);
      const names = used.map(({ column }) => `"${column}"`).join(", ");
      const values = used.map((column) => valueOf(column, countOf)).join(", ");
      await client.query(
        `insert into "${table}" (${names}) select ${values} from generate_series(1, ${countOf(table)}) i on conflict do nothing`,
      );
    }
    await client.query(`update provisioner_jobs set started_at = created_at, completed_at = created_at
      where id in (select id from provisioner_jobs order by created_at limit (select count(*) * 99 / 100 from provisioner_jobs))`);
  } finally {
    await client.query("set session_replication_role = origin");
  }
  await client.query("analyze");
}

/** The expression of row `i`. */
function valueOf(
  { table, column, type, isPrimary, refers, checks }: Column,
  countOf: (table: string) => number,
): string {
  if (refers !== null && type === "uuid") return idOf(refers, `i % ${countOf(refers)} + 1`);
  const words = checks.map(wordsOfCheck).find((found) => found !== undefined);
  if (words !== undefined) return `(array['${words.join("', '")}'])[i % ${words.length} + 1]`;
  switch (type) {
    case "uuid":
      return isPrimary ? idOf(table, "i") : "gen_random_uuid()";
    case "text":
      return `'${column}-' || i`;
    case "bool":
      return "false";
    case "int2":
      return "i % 100";
    case "timestamptz":
      return "now() - i * interval '1 minute'";
    case "jsonb":
      return "'{}'";
    case "_text":
    case "_uuid":
      return "'{}'";
    case "bytea":
      return "sha256(i::text::bytea)";
    default:
      return "i";
  }
}

function idOf(table: string, number: string): string {
  return `md5('${table}-' || (${number}))::uuid`;
}
