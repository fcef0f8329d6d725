import { sql, type RawBuilder, type SelectType } from "kysely";
import { stored, type ResultColumn, type StoredName } from "./result-columns.ts";
import { tableColumns, type Tables } from "./tables.ts";

type ColumnOf<Table extends keyof Tables> = keyof Tables[Table] & string;

/**
 * Some columns of one table. What is selected and the type of what comes back are made of the same list, so that neither
 * has what the other lacks.
 */
export interface Columns<Table extends keyof Tables, Name extends ColumnOf<Table>> {
  readonly names: readonly Name[];
  /** `alias.id, alias.name, …` */
  of(alias: string): RawBuilder<unknown>;
  /** `'id', alias.id, 'name', alias.name, …`, the arguments of `json_build_object`. */
  json(alias: string): RawBuilder<unknown>;
  /** The same with keys such as `displayName`. */
  camelJson(alias: string): RawBuilder<unknown>;
  /** The same list as columns of a statement's result. */
  readonly shape: { readonly [Column in Name]: ResultColumn<SelectType<Tables[Table][Column]>> };
  /** Types alone: nothing is there. */
  readonly row?: { [Column in Name]: SelectType<Tables[Table][Column]> };
}

/** A row with these columns. */
export type RowOf<List extends { readonly row?: object }> = NonNullable<List["row"]>;

/** The same as JSON has it. Instants are texts there, and bytes are not for JSON. */
export type JsonRowOf<List extends { readonly row?: object }> = {
  [Name in keyof RowOf<List>]: AsJson<RowOf<List>[Name]>;
};

/** The same with keys such as `displayName`. */
export type CamelJsonRowOf<List extends { readonly row?: object }> = {
  [Name in keyof JsonRowOf<List> as Name extends string ? Camel<Name> : never]: JsonRowOf<List>[Name];
};

type AsJson<Value> = Value extends Date ? string : Value extends Buffer ? never : Value;
type Camel<Name extends string> = Name extends `${infer Head}_${infer Rest}`
  ? `${Head}${Capitalize<Camel<Rest>>}`
  : Name;

/** All columns of the table but those named: one that a migration adds is among them. */
export function allColumns<Table extends keyof Tables, Except extends ColumnOf<Table> = never>(
  table: Table,
  { except = [] }: { readonly except?: readonly Except[] } = {},
): Columns<Table, Exclude<ColumnOf<Table>, Except>> {
  const left = new Set<string>(except);
  const all: readonly string[] = tableColumns[table];
  const isKept = (name: string): name is Exclude<ColumnOf<Table>, Except> => !left.has(name);
  return listed(table, all.filter(isKept));
}

/** The columns named. */
export function someColumns<Table extends keyof Tables, Name extends ColumnOf<Table>>(
  table: Table,
  names: readonly Name[],
): Columns<Table, Name> {
  return listed(table, names);
}

function listed<Table extends keyof Tables, Name extends ColumnOf<Table>>(
  table: Table,
  names: readonly Name[],
): Columns<Table, Name> {
  const pairs = (alias: string, key: (name: Name) => string) =>
    sql.join(names.map((name) => sql`${sql.lit(key(name))}, ${sql.ref(`${alias}.${name}`)}`));
  // Each name is one of the table's.
  const shape = Object.fromEntries(names.map((name) => [name, stored(`${table}.${name}` as StoredName)]));
  return {
    names,
    shape: shape as Columns<Table, Name>["shape"],
    of: (alias) => sql.join(names.map((name) => sql.ref(`${alias}.${name}`))),
    json: (alias) => pairs(alias, (name) => name),
    camelJson: (alias) => pairs(alias, camel),
  };
}

function camel(name: string): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}
