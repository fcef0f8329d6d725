import type pg from "pg";
import { jsonColumns } from "./json-columns.ts";
import { wordsOfCheck, wordsOfGenerated } from "./closed-words.ts";

interface Column {
  table: string;
  column: string;
  type: string;
  nullable: boolean;
  hasDefault: boolean;
  /** An identity, or computed: never written. */
  generated: boolean;
  /** How it is computed. */
  expression: string | null;
  /** The CHECK constraints that look at this column alone. */
  checks: string[];
}

const types: Record<string, string> = {
  uuid: "string",
  text: "string",
  bool: "boolean",
  int2: "number",
  int4: "number",
  int8: "number",
  float8: "number",
  timestamptz: "Date",
  bytea: "Buffer",
  _text: "string[]",
  _uuid: "string[]",
};

/**
 * The text of `tables.ts`: the types of every table of the migrated database behind `pool`, and the names of their
 * columns. A text that a CHECK constraint or its own computation holds to some words has the union of those; a JSON
 * column has the type that {@link jsonColumns} says.
 *
 * @throws Error for a column of a type it does not know, for a table without a primary key, and where the map of JSON
 * columns and the database differ
 */
export async function generateTables(pool: Pick<pg.Pool, "query">): Promise<string> {
  const { rows } = await pool.query<Column>(`
    select t.relname as "table", a.attname as "column", y.typname as "type", not a.attnotnull as "nullable",
      (a.atthasdef or a.attidentity <> '') as "hasDefault", (a.attgenerated <> '' or a.attidentity = 'a') as "generated",
      case when a.attgenerated <> '' then pg_get_expr(d.adbin, d.adrelid) end as "expression",
      array(
        select pg_get_constraintdef(c.oid) from pg_constraint c
        where c.conrelid = t.oid and c.contype = 'c' and c.conkey = array[a.attnum] order by c.conname
      ) as "checks"
    from pg_class t
    join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
    join pg_type y on y.oid = a.atttypid
    left join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum
    where t.relnamespace = 'public'::regnamespace and t.relkind = 'r'
    order by t.relname, a.attnum`);
  refuseUnknownJson(rows);
  await refuseKeyless(pool);
  const tables = Map.groupBy(rows, (row) => row.table);
  const lines = [
    "// Generated from the migrated database by `npm run generate`; a test fails when it is not what the migrations make.",
    'import type { ColumnType, Generated, GeneratedAlways } from "kysely";',
    'import type { JsonOf } from "./json-columns.ts";',
    "",
  ];
  for (const [table, columns] of tables) {
    lines.push(
      `export interface ${pascal(table)} {`,
      ...columns.map((column) => `  ${column.column}: ${typeOf(column)};`),
      "}",
      "",
    );
  }
  lines.push(
    "export interface Tables {",
    ...[...tables.keys()].map((table) => `  ${table}: ${pascal(table)};`),
    "}",
    "",
    "/** The columns of each table, in their order. */",
    "export const tableColumns = {",
  );
  for (const [table, columns] of tables) {
    lines.push(`  ${table}: [`, ...columns.map(({ column }) => `    ${JSON.stringify(column)},`), "  ],");
  }
  lines.push("} as const satisfies { readonly [Table in keyof Tables]: readonly (keyof Tables[Table])[] };", "");
  return lines.join("\n");
}

function typeOf(column: Column): string {
  if (column.type === "jsonb") {
    const value = `JsonOf<${JSON.stringify(`${column.table}.${column.column}`)}>`;
    const orNull = column.nullable ? " | null" : "";
    const given = `string${orNull}${column.hasDefault ? " | undefined" : ""}`;
    return `ColumnType<${value}${orNull}, ${given}, string${orNull}>`;
  }
  const base = wordsOf(column) ?? types[column.type];
  if (base === undefined) throw new Error(`No TypeScript type for ${column.type} of ${column.table}.${column.column}.`);
  const type = column.nullable ? `${base} | null` : base;
  if (column.generated) return `GeneratedAlways<${type}>`;
  return column.hasDefault ? `Generated<${type}>` : type;
}

/** The union of the words that the column can hold, a list of them for a list; nothing where any text will do. */
function wordsOf(column: Column): string | undefined {
  if (column.type !== "text" && column.type !== "_text") return undefined;
  const found = column.expression === null ? undefined : wordsOfGenerated(column.expression);
  const words = found ?? column.checks.map(wordsOfCheck).find((each) => each !== undefined);
  const union = words?.map((word) => JSON.stringify(word)).join(" | ");
  return union === undefined || column.type === "text" ? union : `(${union})[]`;
}

async function refuseKeyless(pool: Pick<pg.Pool, "query">): Promise<void> {
  const { rows } = await pool.query<{ name: string }>(`
    select relname as name from pg_class t
    where t.relnamespace = 'public'::regnamespace and t.relkind = 'r'
      and not exists (select from pg_constraint c where c.conrelid = t.oid and c.contype = 'p')
    order by relname`);
  const [first] = rows;
  if (first !== undefined) throw new Error(`${first.name} has no primary key: its rows cannot be told apart.`);
}

function refuseUnknownJson(rows: readonly Column[]): void {
  const there = new Set(rows.filter(({ type }) => type === "jsonb").map(({ table, column }) => `${table}.${column}`));
  const known = new Set(Object.keys(jsonColumns));
  const lacking = [...there].filter((name) => !known.has(name));
  if (lacking.length > 0) throw new Error(`The map of JSON columns says nothing of ${lacking.join(", ")}.`);
  const gone = [...known].filter((name) => !there.has(name));
  if (gone.length > 0) throw new Error(`The map of JSON columns has ${gone.join(", ")}, and the database has not.`);
}

function pascal(table: string): string {
  return `${table.replace(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase())}Table`;
}
