import { expect, test } from "vitest";
import { median, percentile, renderTable, rowOf, rowsOf, type Budget, type Measurement } from "./row.ts";

const measured = (value: number, baseline?: number, budget: Budget = { ratio: 2 }): Measurement => ({
  name: "claim",
  unit: "ms",
  value,
  ...(baseline === undefined ? {} : { baseline }),
  runs: 20,
  budget,
});

test.for([
  [0.5, 3],
  [0.99, 5],
  [0, 1],
] as const)("the percentile %f of 1 to 5 is %i", ([share, expected]) => {
  expect(percentile([5, 3, 1, 4, 2], share)).toBe(expected);
});

test("the median of an even number of samples is the lower of the two in the middle", () => {
  expect(median([4, 1, 3, 2])).toBe(2);
});

test.for<[string, Measurement, boolean]>([
  ["a ratio within", measured(10, 5), true],
  ["a ratio beyond", measured(11, 5), false],
  ["a value beyond, the ratio within", measured(10, 5, { ratio: 2, value: 9 }), false],
  ["a value alone", measured(9, undefined, { value: 9 }), true],
  ["a ratio without a baseline", measured(9), false],
  ["what is not a number", measured(Number.NaN, 5), false],
  ["a rate that is high enough", measured(500, 10_000, { ratio: 1 / 20, isLeast: true }), true],
  ["a rate that is too low", measured(499, 10_000, { ratio: 1 / 20, isLeast: true }), false],
  ["a number without a budget", measured(1, 5, {}), true],
])("%s", ([, measurement, ok]) => {
  expect(rowOf([measurement]).ok).toBe(ok);
});

test("of repeats the medians count: one that was disturbed changes nothing", () => {
  const row = rowOf([measured(10, 5), measured(900, 6), measured(12, 6)]);

  expect(row).toMatchObject({ value: 12, baseline: 6, ratio: 2, ok: true });
  expect(row.repeats).toHaveLength(3);
});

test("rows of repeats are put together by their names", () => {
  const another = { ...measured(1, 1), name: "cold" };

  expect(
    rowsOf([
      [measured(1, 1), another],
      [measured(3, 1), another],
    ]).map(({ name, repeats }) => [name, repeats.length]),
  ).toEqual([
    ["claim", 2],
    ["cold", 2],
  ]);
});

test("the table says value, baseline, ratio, budget, runs and whether it is over", () => {
  const text = renderTable([
    rowOf([measured(10, 5), measured(10, 5)]),
    rowOf([{ ...measured(50, 5, { ratio: 5, value: 30 }), name: "cold" }]),
    rowOf([{ ...measured(3, undefined, { value: 3 }), name: "statements", unit: "statements" }]),
    rowOf([{ ...measured(9, undefined, {}), name: "told" }]),
  ]);

  expect(
    text
      .split("\n")
      .slice(1)
      .map((line) => line.replace(/ {2,}/g, "|")),
  ).toEqual([
    "claim|10 ms|5 ms|2 ×|≤ 2 ×|2 × 20|ok",
    "cold|50 ms|5 ms|10 ×|≤ 5 ×, 30 ms|20|over",
    "statements|3 statements|≤ 3 statements|20|ok",
    "told|9 ms|20|ok",
  ]);
});
