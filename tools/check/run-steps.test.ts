import { expect, test } from "vitest";
import { runSteps, type StepResult } from "./run-steps.ts";
import type { Step } from "./steps.ts";

function script(name: string, code: string): Step {
  return { name, command: [process.execPath, "-e", code] };
}

async function runAll(...steps: Step[]): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for await (const result of runSteps(steps, { parallel: 2, cwd: "/", env: process.env })) results.push(result);
  return results;
}

test("a step passes when its program ends with 0, and its words are kept", async () => {
  const results = await runAll(
    script("good", "console.log('fine')"),
    script("bad", "console.error('broken'); process.exit(3)"),
    { name: "gone", command: ["/no/such/program"] },
  );

  const byName = Object.fromEntries(results.map(({ step, isPassed, output }) => [step.name, { isPassed, output }]));
  expect(byName).toEqual({
    good: { isPassed: true, output: "fine\n" },
    bad: { isPassed: false, output: "broken\n" },
    gone: { isPassed: false, output: expect.stringContaining("ENOENT") },
  });
});

test("no more run at once than allowed, and each is run once", async () => {
  const times = "console.log(Date.now()); setTimeout(() => console.log(Date.now()), 60)";

  const results = await runAll(...["a", "b", "c", "d"].map((name) => script(name, times)));

  const spans = results.map(({ output }) => output.trim().split("\n").map(Number));
  expect(results.map(({ step }) => step.name).toSorted()).toEqual(["a", "b", "c", "d"]);
  for (const [start = 0] of spans) {
    const together = spans.filter(([from = 0, to = 0]) => from <= start && start < to);
    expect(together.length).toBeLessThanOrEqual(2);
  }
});
