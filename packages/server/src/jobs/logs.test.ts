import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JobLogLine } from "@hearth/provisioner";
import { fitLines } from "./logs.ts";
import { logBudgetBytes, maxLineLength } from "./timing.ts";

const notice = "Provisioner logs exceeded the limit of 1 MiB: further lines are left out.";
const noticeBytes = Buffer.byteLength(notice);

function line(output: string): JobLogLine {
  return { createdAtMs: 0, level: "info", source: "provisioner", stage: "Apply", output };
}

/** Texts as programs print them, and as they should not: long, with NUL, with halves of pairs. */
const text = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.array(fc.constantFrom("\0", "\uD83D", "\uDE00", "😀", "é", "a"), { maxLength: 60 }).map((parts) => parts.join("")),
  fc.constantFrom("x", "😀", "\0").map((unit) => unit.repeat(2 * maxLineLength)),
);
const lines = fc.array(text.map(line), { maxLength: 30 });
/** What a job may have stored while its notice is not written: near the end, where it matters. */
const used = fc.oneof(
  fc.constant(0),
  fc.integer({ min: logBudgetBytes - 3 * 4 * maxLineLength, max: logBudgetBytes - noticeBytes }),
);

function bytesOf(stored: readonly JobLogLine[]): number {
  return stored.reduce((sum, { output }) => sum + Buffer.byteLength(output), 0);
}

describe("what is stored of a job's lines", () => {
  test("never exceeds the budget, and is counted as it is stored", () => {
    fc.assert(
      fc.property(lines, used, (given, usedBytes) => {
        const fit = fitLines(given, usedBytes);

        expect(fit.addedBytes).toBe(bytesOf(fit.lines));
        expect(usedBytes + fit.addedBytes).toBeLessThanOrEqual(logBudgetBytes);
        for (const { output } of fit.lines) {
          expect(Array.from(output).length).toBeLessThanOrEqual(maxLineLength);
          expect(output).not.toContain("\0");
          expect(output.isWellFormed()).toBe(true);
        }
      }),
    );
  });

  test("is the first lines in their order, and one notice where the next would not fit", () => {
    fc.assert(
      fc.property(lines, used, (given, usedBytes) => {
        const fit = fitLines(given, usedBytes);

        const kept = fit.overflowed ? fit.lines.slice(0, -1) : fit.lines;
        // Alone and at the start each of them fits, so this is how it is stored.
        const whole = given.map((one) => fitLines([one], 0).lines[0]);
        expect(kept).toEqual(whole.slice(0, kept.length));
        expect(kept.some(({ output }) => output === notice)).toBe(false);
        if (!fit.overflowed) {
          expect(kept).toHaveLength(given.length);
          return;
        }
        expect(fit.lines.at(-1)).toEqual({ ...given[kept.length], level: "warn", output: notice });
        const next = Buffer.byteLength(whole[kept.length]?.output ?? "");
        expect(usedBytes + bytesOf(kept) + next + noticeBytes).toBeGreaterThan(logBudgetBytes);
      }),
    );
  });

  test("does not depend on the batches in which they come", () => {
    fc.assert(
      fc.property(lines, used, fc.nat(30), (given, usedBytes, at) => {
        const once = fitLines(given, usedBytes);
        const first = fitLines(given.slice(0, at), usedBytes);
        const rest = first.overflowed
          ? { lines: [], addedBytes: 0, overflowed: true }
          : fitLines(given.slice(at), usedBytes + first.addedBytes);

        expect([...first.lines, ...rest.lines]).toEqual(once.lines);
        expect(first.addedBytes + rest.addedBytes).toBe(once.addedBytes);
        expect(rest.overflowed).toBe(once.overflowed);
      }),
    );
  });

  test.for([
    ["2000 characters", "x".repeat(2_000), "x".repeat(1_024)],
    ["2000 characters of two units each", "😀".repeat(2_000), "😀".repeat(1_024)],
    ["1024 of them are kept whole", "😀".repeat(1_024), "😀".repeat(1_024)],
    ["NUL and halves of characters are shown as replaced", "a\0b\uD83Dc\uDE00", "a\uFFFDb\uFFFDc\uFFFD"],
  ] as const)("%s", ([, given, stored]) => {
    expect(fitLines([line(given)], 0)).toEqual({
      lines: [line(stored)],
      addedBytes: Buffer.byteLength(stored),
      overflowed: false,
    });
  });
});
