import type { Compilable, RawBuilder } from "kysely";
import type { Db, Tx } from "./connection.ts";
import type { RowOfShape, Shape } from "./result-columns.ts";
import type { Tables } from "./tables.ts";

/** A part of a statement's text. It has no type that a builder would believe, and is never run by itself. */
export type Fragment = RawBuilder<unknown>;

export interface StatementDefinition<Params, Columns extends Shape> {
  /** `capability.what_it_does`, once in the product. */
  readonly name: string;
  /** What comes back; `{}` for nothing. */
  readonly columns: Columns;
  /** One for each shape that the text can take: these texts are what the tests see. */
  readonly samples: readonly NoInfer<Params>[];
  /** Large tables that it reads whole, on purpose. @default none: it finds its rows by indexes */
  readonly mayScan?: readonly (keyof Tables)[];
  build(params: Params): Fragment;
}

/** A statement of SQL as a value. Everything that is written as text is one. */
export interface Statement<Params, Row extends object> {
  readonly name: string;
  /** Types alone: nothing is there. */
  readonly row?: Row;
  all(db: Db | Tx, params: Params): Promise<Row[]>;
  /** The first row; undefined when there is none. */
  first(db: Db | Tx, params: Params): Promise<Row | undefined>;
  /** For what is done and not read: how many rows it inserted, changed or deleted. */
  run(db: Db | Tx, params: Params): Promise<number>;
}

/** A statement as the tests see it. */
export interface DefinedStatement {
  readonly name: string;
  /** Undefined: those that the builder makes, which types them by the tables. */
  readonly columns: Shape | undefined;
  readonly mayScan: readonly (keyof Tables)[];
  /** One for each sample. */
  texts(compiler: Db): string[];
}

const defined = new Map<string, DefinedStatement>();

/** Every statement of the modules that are loaded. */
export function definedStatements(): readonly DefinedStatement[] {
  return [...defined.values()];
}

/**
 * Makes a statement, kept beside the store that runs it, and puts it on the list that the tests go through: each text is
 * prepared against the migrated database, its columns are compared with `columns`, and its plan is looked at.
 *
 * @throws Error for a name that is there already
 */
export function defineStatement<Params, const Columns extends Shape>(
  definition: StatementDefinition<Params, Columns>,
): Statement<Params, RowOfShape<Columns>> {
  const { name, columns, samples, mayScan = [] } = definition;
  enlist({
    name,
    columns,
    mayScan,
    texts: (compiler) => samples.map((sample) => definition.build(sample).compile(compiler).sql),
  });
  const execute = async (db: Db | Tx, params: Params) => await definition.build(params).execute(db);
  const all = async (db: Db | Tx, params: Params) => {
    const { rows } = await execute(db, params);
    return rows as RowOfShape<Columns>[]; // what the test compares with the database's own word
  };
  return {
    name,
    all,
    first: async (db, params) => (await all(db, params))[0],
    run: async (db, params) => Number((await execute(db, params)).numAffectedRows ?? 0n),
  };
}

/**
 * Makes a query of the builder that is on the same list for its plan: those that loops, claims, lists and streams run.
 * What comes back has the builder's types.
 *
 * @throws Error for a name that is there already
 */
export function defineQuery<Params, Query extends Compilable>(definition: {
  /** As of a statement. */
  readonly name: string;
  readonly samples: readonly NoInfer<Params>[];
  readonly mayScan?: readonly (keyof Tables)[];
  build(db: Db | Tx, params: Params): Query;
}): (db: Db | Tx, params: Params) => Query {
  const { name, samples, mayScan = [] } = definition;
  enlist({
    name,
    columns: undefined,
    mayScan,
    texts: (compiler) => samples.map((sample) => definition.build(compiler, sample).compile().sql),
  });
  return (db, params) => definition.build(db, params);
}

function enlist(statement: DefinedStatement): void {
  if (defined.has(statement.name)) throw new Error(`Two statements are called ${statement.name}.`);
  defined.set(statement.name, statement);
}
