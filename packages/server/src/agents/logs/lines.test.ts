import fc from "fast-check";
import { expect, test } from "vitest";
import { fittingLines, logBudgetBytes, maxLineLength, overflowNotice, sizeOf, storableLine } from "./lines.ts";

const line = (output: string) => ({ output, level: "info" as const });

test("NUL and half characters are shown as replaced, and counted after that [agents 56]", () => {
  const stored = storableLine(line("a\0b\uD800c"));

  expect(stored.output).toBe("a\uFFFDb\uFFFDc");
  expect(sizeOf([stored])).toBe(9);
});

test("a long line is cut after whole characters", () => {
  const { output } = storableLine(line("😀".repeat(2_000)));

  expect(Array.from(output)).toHaveLength(maxLineLength);
  expect(output.isWellFormed()).toBe(true);
});

test("a line whose units are many and characters few is kept whole", () => {
  const text = "😀".repeat(maxLineLength);

  expect(storableLine(line(text)).output).toBe(text);
});

test("what fits stays in order, then the notice, and never more than the budget [agents 57]", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 50 })), fc.integer({ min: 0, max: 200 }), (outputs, left) => {
      const lines = outputs.map(line);
      const used = logBudgetBytes - left;

      const fitting = fittingLines(lines, used);

      expect(fitting.at(-1)?.output).toBe(overflowNotice);
      const kept = fitting.slice(0, -1);
      expect(kept).toEqual(lines.slice(0, kept.length));
      expect(sizeOf(kept)).toBeLessThanOrEqual(left);
      const next = lines[kept.length];
      if (next !== undefined) expect(sizeOf([...kept, next])).toBeGreaterThan(left);
    }),
  );
});
