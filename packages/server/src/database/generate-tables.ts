import type pg from "pg";

interface Column {
  table: string;
  column: string;
  type: string;
  nullable: boolean;
  hasDefault: boolean;
  generated: boolean;
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
  jsonb: "JsonColumn",
  _text: "string[]",
};

/** The text of `tables.ts`: the types of every table of the migrated database behind `pool`. */
export async function generateTables(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<Column>(`
    select c.table_name as "table", c.column_name as "column", c.udt_name as "type", c.is_nullable = 'YES' as "nullable",
      (c.column_default is not null or c.is_identity = 'YES') as "hasDefault",
      (c.is_generated = 'ALWAYS' or c.is_identity = 'YES') as "generated"
    from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
    order by c.table_name, c.ordinal_position`);
  const tables = Map.groupBy(rows, (row) => row.table);
  const lines = [
    "// Generated from the migrated database by `npm run generate`; a test fails when it is not what the migrations make.",
    'import type { ColumnType, Generated, GeneratedAlways } from "kysely";',
    "",
    "/** Parsed when read; text when written (`JSON.stringify`). */",
    "export type JsonColumn = ColumnType<unknown, string, string>;",
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
  );
  return lines.join("\n");
}

function typeOf(column: Column): string {
  const base = types[column.type];
  if (base === undefined) throw new Error(`No TypeScript type for ${column.type} of ${column.table}.${column.column}.`);
  if (column.type === "jsonb") {
    return column.hasDefault ? "ColumnType<unknown, string | undefined, string>" : "JsonColumn";
  }
  const type = column.nullable ? `${base} | null` : base;
  if (column.generated) return `GeneratedAlways<${type}>`;
  return column.hasDefault ? `Generated<${type}>` : type;
}

function pascal(table: string): string {
  return `${table.replace(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase())}Table`;
}
