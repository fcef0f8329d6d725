import { expect, test } from "vitest";
import { fateOf, select } from "./run.ts";
import { isOutdated, usesOfOthers } from "./uses.ts";

const use = (file: string, test: string, tookMs: number) => ({ file, test, tookMs, statements: ["src/a/a.ts#1"] });

test("a source's own tests come first, then those beside it, then those that take the least; each file once, with its tests", () => {
  const uses = [use("src/b/slow.ts", "s", 9), use("src/b/quick.ts", "q", 1), use("src/a/near.ts", "n", 50)];
  const own = use("src/a/a.db.test.ts", "o", 99);

  expect(select([...uses, own, use("src/b/quick.ts", "r", 2)], "src/a/a.ts")).toEqual([
    { file: "src/a/a.db.test.ts", names: ["o"] },
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

test("what was seen of other sources is still known after a run that looked for some alone", () => {
  const before = [
    { ...use("t.ts", "both", 1), statements: ["src/a/a.ts#1", "src/b.ts#1", "src/b.ts#2"] },
    use("t.ts", "of the first", 1),
  ];

  expect(usesOfOthers(before, { "src/a/a.ts": "1" })).toEqual([
    { ...use("t.ts", "both", 1), statements: ["src/b.ts#1", "src/b.ts#2"] },
  ]);
});

/** Whether those that were picked out of a file pass, and the whole file: with the change, and without it. */
const passes = { with: [true], alone: [true] };
const kills = { with: [false], alone: [true] };
const killsAsWhole = { with: [false, false], alone: [false, true] };
const broken = { with: [false, false], alone: [false, false] };

test.for([
  ["nobody uses it", [], "unreached"],
  ["all pass", [passes, passes], "survived"],
  ["one fails", [passes, kills], "killed"],
  ["one fails that needs those before it", [killsAsWhole], "killed"],
  ["those that use it fail by themselves", [broken], "unreached"],
  ["some pass, and others fail by themselves", [passes, broken], "survived"],
] as const)("what tests say to a change: %s", async ([, files, expected]) => {
  const selections = files.map((_, index) => ({ file: String(index), names: ["some"] }));
  const answer = (kind: "with" | "alone") => async (selection: { file: string; names?: readonly string[] }) =>
    await Promise.resolve(files[Number(selection.file)]?.[kind][selection.names === undefined ? 1 : 0] ?? false);

  expect(await fateOf(selections, { pass: answer("with"), isSound: answer("alone") })).toBe(expected);
});
