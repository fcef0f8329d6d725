import pg from "pg";

/**
 * The columns, as `table.column`, of which a row holds the text as it is, or its bytes as such, in hex or in base64. Every
 * column of every table is looked at, so that a place nobody thought of is found as well.
 */
export async function columnsThatHold(connectionString: string, text: string): Promise<string[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const columns = await client.query<{ table: string; column: string; type: string }>(`
      select t.relname as "table", a.attname as "column", y.typname as "type" from pg_class t
      join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
      join pg_type y on y.oid = a.atttypid
      where t.relnamespace = 'public'::regnamespace and t.relkind in ('r', 'p', 'm') order by 1, 2`);
    const found: string[] = [];
    for (const { table, column, type } of columns.rows) {
      const shown = type === "bytea" ? `encode("${column}", 'escape')` : `"${column}"::text`;
      const { rows } = await client.query<{ is_there: boolean }>(
        `select exists (select from "${table}", unnest($1::text[]) form where position(form in ${shown}) > 0) as is_there`,
        [formsOf(text)],
      );
      if (rows[0]?.is_there === true) found.push(`${table}.${column}`);
    }
    return found;
  } finally {
    await client.end();
  }
}

/** In base64 a text looks different at each of three places within its surroundings; the first and last letters depend on those. */
function formsOf(text: string): string[] {
  const base64 = ["", "a", "aa"].map((before) =>
    Buffer.from(before + text)
      .toString("base64")
      .replaceAll("=", "")
      .slice(before === "" ? 0 : 4, -2),
  );
  return [text, Buffer.from(text).toString("hex"), ...base64];
}
