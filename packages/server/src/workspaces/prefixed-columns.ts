import { sql, type RawBuilder } from "kysely";
import { allColumns, type RowOf, type Tables } from "../ground/database/index.ts";

/**
 * All columns of one table of a join but those named in `except`, each named with a prefix, so that rows of several
 * tables come in one row; with what takes them apart again.
 */
export function prefixedColumns<Table extends keyof Tables, Except extends keyof Tables[Table] & string = never>(
  alias: string,
  table: Table,
  options: { readonly except?: readonly Except[] } = {},
) {
  const list = allColumns(table, options);
  const prefix = `${alias}_`;
  const columns: RawBuilder<unknown> = sql.join(
    list.names.map((name) => sql.ref(`${alias}.${name}`).as(`${prefix}${name}`)),
  );
  return {
    columns,
    /** The table's row out of the joined one. */
    pick: (joined: Readonly<Record<string, unknown>>): RowOf<typeof list> =>
      // The statement selected exactly these columns of the table.
      Object.fromEntries(list.names.map((name) => [name, joined[`${prefix}${name}`]])) as RowOf<typeof list>,
  };
}
