import { sql, type RawBuilder } from "kysely";

/**
 * Columns of one table of a join, each named with a prefix, so that rows of several tables come in one row; with what
 * takes them apart again.
 */
export function prefixedColumns<Row>(alias: string, names: readonly (keyof Row & string)[]) {
  const prefix = `${alias}_`;
  const columns: RawBuilder<unknown> = sql.join(
    names.map((name) => sql.ref(`${alias}.${name}`).as(`${prefix}${name}`)),
  );
  return {
    columns,
    /** The table's row out of the joined one. */
    pick: (joined: Readonly<Record<string, unknown>>): Row =>
      // The statement selected exactly these columns of the table.
      Object.fromEntries(names.map((name) => [name, joined[`${prefix}${name}`]])) as Row,
  };
}
