import { expect, test } from "vitest";
import { RepeatedStatements } from "./repeated-statements.ts";

function usedTwice(text: string): string | undefined {
  const statements = new RepeatedStatements();
  statements.nameOf(text);
  return statements.nameOf(text);
}

test.for([
  ["select 1", true],
  ["\n  with a as (select 1) select * from a", true],
  ["INSERT INTO a VALUES ($1)", true],
  ["update a set b = $1;", true],
  ["delete from a", true],
  ["begin", false],
  ["start transaction isolation level repeatable read", false],
  ["set local statement_timeout = 5", false],
  ["select 1; select 2", false],
  ["listen hearth", false],
] as const)("%j is prepared once it repeats: %s", ([text, isPrepared]) => {
  expect(usedTwice(text) !== undefined).toBe(isPrepared);
});

test("a text gets a name from its second use on, and keeps it", () => {
  const statements = new RepeatedStatements();

  expect(statements.nameOf("select 1")).toBeUndefined();
  const name = statements.nameOf("select 1");
  expect(name).toBeDefined();
  expect(statements.nameOf("select 1")).toBe(name);
  statements.nameOf("select 2");
  expect(statements.nameOf("select 2")).not.toBe(name);
});

test("a text whose plan is outdated gets another name", () => {
  const statements = new RepeatedStatements();
  statements.nameOf("select 1");
  const name = statements.nameOf("select 1");

  statements.outdated("select 1");
  statements.outdated("select 2");

  expect(statements.nameOf("select 1")).not.toBe(name);
  expect(statements.nameOf("select 2")).toBeUndefined();
});

test("names end where texts are made up without end", () => {
  const statements = new RepeatedStatements();
  const names = Array.from({ length: 5_000 }, (_, index) => {
    statements.nameOf(`select ${index}`);
    return statements.nameOf(`select ${index}`);
  });

  expect(names.filter((name) => name !== undefined)).toHaveLength(500);
});
