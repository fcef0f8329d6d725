import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemPermissions } from "./system-actors.ts";

const sources = join(import.meta.dirname, "..");

test("each part of the server is run with each of its rights taken away", () => {
  const tests = globSync("**/*.db.test.ts", { cwd: sources }).map((file) => readFileSync(join(sources, file), "utf8"));
  const tested = tests.flatMap((text) => [...text.matchAll(/^testRights\("([^"]+)"/gm)].map(([, name]) => name));

  expect(new Set(tested)).toEqual(new Set(Object.keys(systemPermissions)));
});
