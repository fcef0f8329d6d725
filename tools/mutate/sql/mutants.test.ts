import { expect, test } from "vitest";
import { findSql } from "./mutants.ts";

function mutate(source: string): string[] {
  const { mutants } = findSql("some.ts", source);
  return mutants.map(({ start, end, by }) => source.slice(0, start) + by + source.slice(end));
}

test("a template loses a condition with what is put into it", () => {
  const source = "const a = sql<Row>`select 1 from t where a = ${b.c} and d`;";

  expect(mutate(source)).toEqual([
    "const a = sql<Row>`select 1 from t where true and d`;",
    "const a = sql<Row>`select 1 from t where a = ${b.c} and true`;",
  ]);
});

test("a template in a template is one of its own", () => {
  const source = "sql`select 1 from t where ${a ? sql`b and c` : sql`true`}`";

  expect(mutate(source)).toEqual([
    "sql`select 1 from t where true`",
    "sql`select 1 from t where ${a ? sql`true and c` : sql`true`}`",
    "sql`select 1 from t where ${a ? sql`b and true` : sql`true`}`",
  ]);
});

test("a chain of the builder loses its calls, and a list's method of the same name does not", () => {
  const source = 'db.selectFrom("t").where("a", "=", 1).forUpdate().execute(); list.where(1);';

  expect(mutate(source)).toEqual([
    'db.selectFrom("t").where("a", "=", 1).execute(); list.where(1);',
    'db.selectFrom("t").forUpdate().execute(); list.where(1);',
  ]);
});

test("a probe says of a statement that it was used, and nothing else", () => {
  const source = 'db.selectFrom("t").where("a", "=", 1); sql`x and y`; db.selectFrom("t").forUpdate()';
  const { statements } = findSql("some.ts", source);

  const probed = statements.map(({ probes }) =>
    probes.toReversed().reduce((text, { at, text: by }) => text.slice(0, at) + by + text.slice(at), source),
  );

  expect(probed).toEqual([
    'db.selectFrom("t").where(...(hearthSqlUsed("some.ts#1"), ["a", "=", 1])); sql`x and y`; db.selectFrom("t").forUpdate()',
    'db.selectFrom("t").where("a", "=", 1); sql`/*hearth-sql:some.ts#2*/x and y`; db.selectFrom("t").forUpdate()',
    'db.selectFrom("t").where("a", "=", 1); sql`x and y`; db.selectFrom("t").forUpdate(...(hearthSqlUsed("some.ts#3"), []))',
  ]);
});
