import { sql } from "kysely";
import { allColumns, type Fragment, type ResultColumn, type RowOf, type Tables } from "../ground/database/index.ts";

/**
 * All columns of one table of a join but those named in `except`, each named with a prefix, so that rows of several
 * tables come in one row; with what takes them apart again.
 */
export function prefixedColumns<
  Alias extends string,
  Table extends keyof Tables,
  Except extends keyof Tables[Table] & string = never,
>(alias: Alias, table: Table, options: { readonly except?: readonly Except[] } = {}) {
  const list = allColumns(table, options);
  const prefix = `${alias}_`;
  const columns: Fragment = sql.join(list.names.map((name) => sql.ref(`${alias}.${name}`).as(`${prefix}${name}`)));
  type Row = RowOf<typeof list>;
  type Shape = { readonly [Name in keyof Row & string as `${Alias}_${Name}`]: ResultColumn<Row[Name]> };
  return {
    columns,
    /** The same as columns of a statement's result. */
    shape: Object.fromEntries(list.names.map((name) => [`${prefix}${name}`, list.shape[name]])) as Shape,
    /** The table's row out of the joined one. */
    pick: (joined: Readonly<Record<string, unknown>>): Row =>
      // The statement selected exactly these columns of the table.
      Object.fromEntries(list.names.map((name) => [name, joined[`${prefix}${name}`]])) as Row,
  };
}
