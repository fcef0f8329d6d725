import { expect, test } from "vitest";
import { appendLines, emptyLog, groupLines, plainText, type LogLine } from "./log-lines.ts";

function line(id: number, group = "Build", seconds = id): LogLine {
  return { id, group, level: "info", text: `line ${id}`, at: new Date(seconds * 1000).toISOString() };
}

test("lines that a stream repeats after a reconnection are dropped", () => {
  const log = appendLines(appendLines(emptyLog, [line(1), line(2)]), [line(2), line(3)]);

  expect(log.lines.map(({ id }) => id)).toEqual([1, 2, 3]);
});

test("nothing new leaves the log as it is", () => {
  const log = appendLines(emptyLog, [line(1)]);

  expect(appendLines(log, [line(1)])).toBe(log);
});

test("a group is as long as it takes until the next one begins", () => {
  const groups = groupLines([line(1, "Init", 0), line(2, "Init", 2), line(3, "Apply", 5)], { areSteps: true });

  expect(groups.map(({ name, lines, durationMs }) => [name, lines.length, durationMs])).toEqual([
    ["Init", 2, 5_000],
    ["Apply", 1, undefined],
  ]);
});

test("the empty line that begins a step is not shown, and counts in its time", () => {
  const [init] = groupLines([{ ...line(1, "Init", 0), text: "" }, line(2, "Init", 1), line(3, "Apply", 5)], {
    areSteps: true,
  });

  expect(init?.lines.map(({ id }) => id)).toEqual([2]);
  expect(init?.durationMs).toBe(5_000);
});

test("scripts of an agent that was started again have no length", () => {
  const start = [line(1, "install", 0), line(2, "serve", 1)];
  const again = [line(3, "install", 9_000), line(4, "serve", 9_001)];

  expect(groupLines([...start, ...again], { areSteps: false }).map(({ durationMs }) => durationMs)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test.for([
  ["colours go", "\u001b[1;32mok\u001b[0m", "ok"],
  ["titles go", "\u001b]0;title\u0007prompt", "prompt"],
  ["cursor moves go", "a\u001b[2Kb\u001b[?25l", "ab"],
  ["a progress bar shows its last state", "10 %\r50 %\r100 %", "100 %"],
  ["a carriage return at the end is no overwriting", "done\r", "done"],
  ["plain text stays", "grüße [1m", "grüße [1m"],
] as const)("%s", ([, text, plain]) => {
  expect(plainText(text)).toBe(plain);
});
