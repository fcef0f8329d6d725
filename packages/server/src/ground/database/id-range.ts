import { expressionBuilder, type Expression, type SqlBool } from "kysely";

/** A part of a log; both ids are exclusive, and one that is left out is no bound. */
export interface IdRange {
  readonly afterId?: number | undefined;
  readonly beforeId?: number | undefined;
}

/** For a `where` on the one table with an `id` that a statement reads. */
export function isWithin({ afterId, beforeId }: IdRange): Expression<SqlBool> {
  const line = expressionBuilder<{ line: { id: number } }, "line">();
  return line.and([
    ...(afterId === undefined ? [] : [line("id", ">", afterId)]),
    ...(beforeId === undefined ? [] : [line("id", "<", beforeId)]),
  ]);
}
