import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
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

test("every code of the table is emitted somewhere", () => {
  const packages = join(import.meta.dirname, "../..");
  // What tells people about codes, or makes one of a status, emits none.
  const notEmitting = /\.test\.|^web\/|^sdk\/src\/(error-codes|client)\.ts$/;
  const sources = globSync("*/src/**/*.ts", { cwd: packages }).filter((file) => !notEmitting.test(file));
  const text = sources.map((file) => readFileSync(join(packages, file), "utf8")).join("\n");

  const silent = Object.keys(errorCodes).filter((code) => !text.includes(`"${code}"`));

  expect(silent).toEqual([]);
});
