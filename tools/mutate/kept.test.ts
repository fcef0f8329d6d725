import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { TestFolder } from "@hearth/base/test-folder";
import { KeptFindings, type FileFinding } from "./kept.ts";

const finding: FileFinding = {
  file: "src/a.ts",
  tests: ["src/far.test.ts"],
  tookMs: 7,
  outcomes: [{ file: "src/a.ts", line: 1, text: "1", by: "2", fate: "killed" }],
};

async function write(root: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

async function checkout(): Promise<TestFolder> {
  const folder = new TestFolder();
  await write(folder.path, "src/a.ts", "1");
  await write(folder.path, "src/far.test.ts", "test");
  return folder;
}

test("what was found out holds while nothing changes, and for a run that starts afresh it does not", async () => {
  await using folder = await checkout();
  await new KeptFindings(folder.path, "decisions").keep(finding);

  expect(await new KeptFindings(folder.path, "decisions").find("src/a.ts")).toEqual(finding);
  expect(await new KeptFindings(folder.path, "sql").find("src/a.ts")).toBeUndefined();
  expect(await new KeptFindings(folder.path, "decisions", { isFresh: true }).find("src/a.ts")).toBeUndefined();
});

test.for([
  ["the source", "src/a.ts"],
  ["a test that reaches it", "src/far.test.ts"],
  ["a test beside it, which is new", "src/near.test.ts"],
  ["the tools", "tools/mutate/decisions/run.ts"],
] as const)("what was found out holds no longer when this changes: %s", async ([, path]) => {
  await using folder = await checkout();
  await new KeptFindings(folder.path, "decisions").keep(finding);

  await write(folder.path, path, "other");

  expect(await new KeptFindings(folder.path, "decisions").find("src/a.ts")).toBeUndefined();
});
