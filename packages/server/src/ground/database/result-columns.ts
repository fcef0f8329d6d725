import type { SelectType } from "kysely";
import type { Tables } from "./tables.ts";

/** What one column of a statement's result is, here and in PostgreSQL; a test asks the database whether it is. */
export interface ResultColumn<Value> {
  /** The PostgreSQL types that arrive as `Value`; undefined: the type of `source`. */
  readonly types?: readonly string[] | undefined;
  /** The stored column that it is, as `table.column`; undefined: it is computed. */
  readonly source?: string | undefined;
  /** Types alone: nothing is there. */
  readonly value?: Value;
}

/** The columns of a result, by name. */
export type Shape = Readonly<Record<string, ResultColumn<unknown>>>;

/** A row of that shape. */
export type RowOfShape<Columns extends Shape> = {
  [Name in keyof Columns]: Columns[Name] extends ResultColumn<infer Value> ? Value : never;
};

type ColumnNames = { [Table in keyof Tables]: `${Table}.${keyof Tables[Table] & string}` };
/** `workspaces.id` */
export type StoredName = ColumnNames[keyof Tables];
type StoredValue<Name extends StoredName> = Name extends `${infer Table}.${infer Column}`
  ? Table extends keyof Tables
    ? Column extends keyof Tables[Table]
      ? SelectType<Tables[Table][Column]>
      : never
    : never
  : never;

/** A stored column as it is: its type is that of the table, and the database says whether it comes from there. */
export function stored<Name extends StoredName>(name: Name): ResultColumn<StoredValue<Name>> {
  return { source: name };
}

function kind<Value>(...types: string[]): ResultColumn<Value> {
  return { types };
}

/** What a statement computes. None is null: say {@link orNull} where one may be. */
export const computed = {
  uuid: kind<string>("uuid"),
  uuids: kind<string[]>("_uuid"),
  text: kind<string>("text"),
  texts: kind<string[]>("_text"),
  /** Exact: counts, ids and nanoseconds stay below 2^53. */
  number: kind<number>("int2", "int4", "int8", "float8"),
  boolean: kind<boolean>("bool"),
  instant: kind<Date>("timestamptz"),
  bytes: kind<Buffer>("bytea"),
  /** One of some words, computed from others. */
  word: <Word extends string>(): ResultColumn<Word> => kind<Word>("text"),
  /** A document that the statement itself builds: by `Columns.json`, where it is of a table. */
  json: <Value>(): ResultColumn<Value> => kind<Value>("json", "jsonb"),
} as const;

/** The same, and null where an outer join found nothing, or the expression has no value. */
export function orNull<Value>(column: ResultColumn<Value>): ResultColumn<Value | null> {
  return { types: column.types, source: column.source };
}

/** The same for a column that may be null, where the statement's own conditions leave those rows out. */
export function notNull<Value>(column: ResultColumn<Value>): ResultColumn<NonNullable<Value>> {
  return { types: column.types, source: column.source };
}

type AllOrNull<Columns extends Shape> = {
  readonly [Name in keyof Columns]: ResultColumn<RowOfShape<Columns>[Name] | null>;
};

/** All of them {@link orNull}: of a table that an outer join may not find. */
export function allOrNull<Columns extends Shape>(columns: Columns): AllOrNull<Columns> {
  // With and without null a column is the same: what differs is the type alone.
  return Object.fromEntries(Object.entries(columns)) as AllOrNull<Columns>;
}
