import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TestFolder } from "@hearth/base/test-folder";
import { expect, test } from "vitest";
import { commandsFor, findMissing, programs } from "./programs.ts";

test("a program is there when some directory of the path has it, and it may be run", async () => {
  await using folder = new TestFolder();
  const directory = folder.path;
  await writeFile(join(directory, "git"), "");
  await chmod(join(directory, "git"), 0o755);
  await writeFile(join(directory, "ssh"), "");

  const missing = findMissing(`/nowhere:${directory}`).map((program) => program.name);

  expect(missing).toEqual(programs.map((program) => program.name).filter((name) => name !== "git"));
});

test("each package is installed once, by what has it", () => {
  expect(commandsFor(programs).map((command) => command.join(" "))).toEqual([
    "apt-get update --quiet",
    "apt-get install --quiet --yes --no-install-recommends bubblewrap chromium git openssh-client rsync",
    expect.stringMatching(/^npm install --global --no-audit --no-fund bun@[\d.]+ deno@[\d.]+$/),
  ]);
  expect(commandsFor([])).toEqual([]);
});
