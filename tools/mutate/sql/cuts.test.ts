import { expect, test } from "vitest";
import { listCuts } from "./cuts.ts";

/** The texts that are left after each cut. */
function cut(sql: string): string[] {
  return listCuts(sql).map(({ start, end, by }) => `${sql.slice(0, start)}${by}${sql.slice(end)}`.trim());
}

test.for<[rule: string, sql: string, left: string[]]>([
  [
    "each conjunct of a where",
    "select a from t where b = 1 and not c",
    ["select a from t where true and not c", "select a from t where b = 1 and true"],
  ],
  ["the only condition", "delete from t where a = 1", ["delete from t where true"]],
  [
    "each disjunct, and the conjuncts of one that joins",
    "delete from t where a or b and c",
    [
      "delete from t where false or b and c",
      "delete from t where a or false",
      "delete from t where a or true and c",
      "delete from t where a or b and true",
    ],
  ],
  ["the condition of a join", "select 1 from t join u on u.id = t.id", ["select 1 from t join u on true"]],
  ["nothing of an upsert", "insert into t (a) values (1) on conflict (a) do update set a = 1", []],
  ["both ends of a between at once", "delete from t where a between 1 and 2", ["delete from t where true"]],
  [
    "what stands in parentheses",
    "delete from t where (a is null or b)",
    ["delete from t where true", "delete from t where (false or b)", "delete from t where (a is null or false)"],
  ],
  [
    "the condition of a case",
    "select case when a and b then 1 else 2 end",
    ["select case when true and b then 1 else 2 end", "select case when a and true then 1 else 2 end"],
  ],
  [
    "each order key, and each direction",
    "select a from t order by a, b desc limit 1",
    [
      "select a from t order by b desc limit 1",
      "select a from t order by a limit 1",
      "select a from t order by a desc, b desc limit 1",
      "select a from t order by a, b asc limit 1",
      "select a from t order by a, b desc",
    ],
  ],
  [
    "the only order key",
    "select max(a) over (order by b)",
    ["select max(a) over ()", "select max(a) over (order by b desc)"],
  ],
  [
    "a lock, and whether it waits",
    "select a from t for update of t skip locked",
    ["select a from t", "select a from t for update of t"],
  ],
  ["what is distinct", "select distinct a from t", ["select  a from t"]],
  ["nothing of what is distinct on something", "select distinct on (a, b) c from t", []],
  [
    "nothing of a comment, nor the next condition with it",
    "delete from t where a = '--' -- where it's\n and b",
    ["delete from t where true -- where it's\n and b", "delete from t where a = '--' -- where it's\n and true"],
  ],
  ["not the words that tell null apart", "delete from t where a is distinct from b", ["delete from t where true"]],
  ["a fragment that joins conditions", "a.x = 1 and a.y", ["true and a.y", "a.x = 1 and true"]],
  ["a fragment that compares", "__ = __", ["true"]],
  ["nothing of a fragment that names", "w.id", []],
  ["nothing that stands in a string", "select 'where a and b'", []],
])("takes out %s", ([, sql, left]) => {
  expect(cut(sql)).toEqual(left);
});
