import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const sources = join(import.meta.dirname, "..");
/** Of the library that asks models, or of one of its providers; types are not loaded. */
const staticImport = /^import (?!type )[^;]*? from "(?:ai|@ai-sdk\/[^"]*)";/m;

test("no source loads the library for models before a model is asked", () => {
  const files = globSync("**/*.ts", { cwd: sources }).filter((file) => !file.endsWith(".test.ts"));
  const loads = files.filter((file) => staticImport.test(readFileSync(join(sources, file), "utf8")));

  expect(loads).toEqual([]);
  expect(staticImport.test('import { streamText } from "ai";')).toBe(true);
});
