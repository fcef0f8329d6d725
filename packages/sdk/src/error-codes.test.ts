import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { errorCodes } from "./error-codes.ts";

const manual = readFileSync(new URL("../../../docs/errors.md", import.meta.url), "utf8");
const documented = [...manual.matchAll(/^\| `(\w+)` +\| (\d+) +\| (yes|no) +\| (.+?) +\|$/gm)].map((row) => ({
  code: row[1],
  status: Number(row[2]),
  retry: row[3] === "yes",
  manual: row[4],
}));

test("the manual and the table of codes say the same", () => {
  expect(documented).toEqual(Object.entries(errorCodes).map(([code, row]) => ({ code, ...row })));
});
