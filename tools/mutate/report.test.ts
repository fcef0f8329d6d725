import { expect, test } from "vitest";
import type { Equivalent, Outcome } from "./outcome.ts";
import { summarize, toMarkdown } from "./report.ts";

const killed: Outcome = { file: "a.ts", line: 1, text: "a = 1", by: "true", fate: "killed" };
const survived: Outcome = { file: "a.ts", line: 2, text: "b = 1", by: "true", fate: "survived" };
const unreached: Outcome = { file: "b.ts", line: 3, text: "limit 1", by: "", fate: "unreached" };
const reason: Equivalent = { file: "a.ts", text: "b = 1", by: "true", why: "b is always 1" };

test("what no test reaches was missed as much as what all passed", () => {
  expect(summarize([killed, survived, unreached], [])).toEqual({
    rate: 2 / 3,
    missed: [survived, unreached],
    stale: [],
  });
});

test("what alters nothing does not count at all", () => {
  expect(summarize([killed, survived], [reason])).toEqual({ rate: 0, missed: [], stale: [] });
});

test("a reason for what is caught by now is stale", () => {
  expect(summarize([{ ...survived, fate: "killed" }], [reason])).toEqual({ rate: 0, missed: [], stale: [reason] });
});

test("the report names what survived, and why the rest may", () => {
  const report = toMarkdown([killed, survived, unreached], [reason], { date: "2026-01-02", minutes: 3 });

  expect(report).toContain("2026-01-02: 3 changes in 3 minutes; 1 survived (50.0 %");
  expect(report).toContain("| a.ts | 2 | 1 | 0 | 1 |");
  expect(report).toContain("- b.ts:3 `limit 1` → nothing (no test reaches it)");
  expect(report).toContain("- a.ts:2 `b = 1` → `true`: b is always 1");
});
