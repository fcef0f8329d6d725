import { expect, test } from "vitest";
import { select } from "./run.ts";
import { isOutdated } from "./uses.ts";

const use = (file: string, test: string, tookMs: number) => ({ file, test, tookMs, statements: ["src/a/a.ts#1"] });

test("tests beside the statement come first, then those that take the least; each file once, with its tests", () => {
  const uses = [use("src/b/slow.ts", "s", 9), use("src/b/quick.ts", "q", 1), use("src/a/near.ts", "n", 50)];

  expect(select([...uses, use("src/b/quick.ts", "r", 2)], "src/a")).toEqual([
    { file: "src/a/near.ts", names: ["n"] },
    { file: "src/b/quick.ts", names: ["q", "r"] },
    { file: "src/b/slow.ts", names: ["s"] },
  ]);
});

test.for([
  ["nothing changed", { "src/a/a.ts": "1", "src/b.ts": "1" }, false],
  ["what it uses changed", { "src/a/a.ts": "2" }, true],
  ["what it does not use changed", { "src/b.ts": "2" }, false],
  ["a source is new", { "src/c.ts": "1" }, true],
] as const)("what was seen of a test file is outdated, or not: %s", ([, now, expected]) => {
  const seen = { sources: { "src/a/a.ts": "1", "src/b.ts": "1" }, uses: [use("t.ts", "t", 1)] };

  expect(isOutdated(seen, now)).toBe(expected);
});
