import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TestFolder } from "@hearth/base/test-folder";
import { expect, test } from "vitest";
import { findMissing, packagesOf, programs } from "./programs.ts";

test("a program is there when some directory of the path has it, and it may be run", async () => {
  await using folder = new TestFolder();
  const directory = folder.path;
  await writeFile(join(directory, "git"), "");
  await chmod(join(directory, "git"), 0o755);
  await writeFile(join(directory, "ssh"), "");

  const missing = findMissing(`/nowhere:${directory}`).map((program) => program.name);

  expect(missing).toEqual(programs.map((program) => program.name).filter((name) => name !== "git"));
});

test("a package that brings several programs is named once", () => {
  expect(packagesOf(programs)).toEqual(["bubblewrap", "chromium", "git", "openssh-client", "rsync"]);
});
