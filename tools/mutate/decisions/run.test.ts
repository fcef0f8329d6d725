import { expect, test } from "vitest";
import { toFindings } from "./run.ts";

test("a change is told by the text that it replaced, over lines too, and what could not run is left out", () => {
  const source = "const a = 1;\nconst b = a\n  ? 2 : 3;\n";
  const at = (line: number, column: number) => ({ line, column });

  const findings = toFindings(
    {
      files: {
        "a.ts": {
          source,
          mutants: [
            {
              status: "Killed",
              replacement: "2",
              location: { start: at(1, 11), end: at(1, 12) },
              coveredBy: ["7", "8"],
            },
            { status: "Survived", replacement: "3", location: { start: at(2, 11), end: at(3, 10) }, coveredBy: ["8"] },
            { status: "NoCoverage", replacement: "", location: { start: at(1, 1), end: at(1, 6) } },
            { status: "RuntimeError", replacement: "", location: { start: at(1, 1), end: at(1, 6) } },
          ],
        },
        "b.ts": { source: "", mutants: [] },
      },
      testFiles: { "a.test.ts": { tests: [{ id: "7" }, { id: "8" }] }, "other.test.ts": { tests: [{ id: "9" }] } },
    },
    400,
  );

  expect(findings).toEqual([
    {
      file: "a.ts",
      tests: ["a.test.ts"],
      tookMs: 400,
      outcomes: [
        { file: "a.ts", line: 1, text: "1", by: "2", fate: "killed" },
        { file: "a.ts", line: 2, text: "a ? 2 : 3", by: "3", fate: "survived" },
        { file: "a.ts", line: 1, text: "const", by: "", fate: "unreached" },
      ],
    },
    { file: "b.ts", tests: [], tookMs: 0, outcomes: [] },
  ]);
});
