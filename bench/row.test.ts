import { expect, test } from "vitest";
import { percentile, renderTable, rowOf } from "./row.ts";

test.for([
  [0.5, 3],
  [0.99, 5],
  [0, 1],
] as const)("the percentile %f of 1 to 5 is %i", ([share, expected]) => {
  expect(percentile([5, 3, 1, 4, 2], share)).toBe(expected);
});

test("a row within its budget is ok, one beyond it is not, and the table says both", () => {
  const rows = [rowOf("claim", 10, 5, 5), rowOf("cold", 50, 5, 5)];

  expect(rows.map(({ ok, ratio }) => [ok, ratio])).toEqual([
    [true, 2],
    [false, 10],
  ]);
  expect(renderTable(rows)).toContain("claim  10 ms  5 ms      2 ×    ≤ 5 ×   ok");
});
