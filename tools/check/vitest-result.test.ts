import { expect, test } from "vitest";
import { countVitest, type VitestReport } from "./vitest-result.ts";

function report(...files: { status: string; tests: string[] }[]): VitestReport {
  return {
    testResults: files.map(({ status, tests }, i) => ({
      name: `${i}.test.ts`,
      status,
      assertionResults: tests.map((each) => ({ fullName: `is ${each}`, status: each })),
    })),
  };
}

const fine = { status: "passed", tests: ["passed", "passed"] };

test.for([
  { name: "all is well", report: report(fine), exitCode: 0, want: { passed: 2, failed: 0, skipped: [] } },
  {
    name: "one test failed",
    report: report(fine, { status: "failed", tests: ["failed", "passed"] }),
    exitCode: 1,
    want: { passed: 3, failed: 1, skipped: [] },
  },
  {
    name: "a file that cannot be loaded counts as a failure",
    report: report(fine, { status: "failed", tests: [] }),
    exitCode: 1,
    want: { passed: 2, failed: 1, skipped: [] },
  },
  {
    name: "so does one whose hook failed after its tests",
    report: report({ status: "failed", tests: ["passed"] }),
    exitCode: 1,
    want: { passed: 1, failed: 1, skipped: [] },
  },
  {
    name: "and an error outside of all tests",
    report: report(fine),
    exitCode: 1,
    want: { passed: 2, failed: 1, skipped: [] },
  },
  {
    name: "what was not run is named",
    report: report({ status: "passed", tests: ["skipped", "todo", "passed"] }),
    exitCode: 0,
    want: { passed: 1, failed: 0, skipped: ["0.test.ts: is skipped", "0.test.ts: is todo"] },
  },
  { name: "no report at all", report: undefined, exitCode: 0, want: { passed: 0, failed: 1, skipped: [] } },
])("$name", ({ report: given, exitCode, want }) => {
  expect(countVitest(given, exitCode)).toEqual(want);
});
