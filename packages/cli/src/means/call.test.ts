import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { TestFolder } from "@hearth/base/test-folder";
import { shortestCall } from "./call.ts";

/** A checkout with its program, linked as npm does, and a directory of the PATH that leads to it. */
async function checkout(folder: TestFolder) {
  const script = join(folder.path, "packages/cli/bin/hearth.mjs");
  const npm = join(folder.path, "node_modules/.bin");
  const own = join(folder.path, "bin");
  for (const directory of [join(script, ".."), npm, own]) await mkdir(directory, { recursive: true });
  await writeFile(script, "");
  for (const directory of [npm, own]) await symlink(script, join(directory, "hearth"));
  return { launcher: ["/usr/bin/node", script] as [string, ...string[]], npm, own };
}

test("a program is called by its name where the PATH of a terminal leads to it", async () => {
  await using folder = new TestFolder();
  const { launcher, npm, own } = await checkout(folder);

  expect(shortestCall(launcher, { PATH: `${npm}:/usr/bin:${own}` })).toBe("hearth");
});

test("what npm adds to the PATH for its scripts is in no other terminal: the link is named by its path", async () => {
  await using folder = new TestFolder();
  const { launcher, npm } = await checkout(folder);

  expect(shortestCall(launcher, { PATH: `${npm}:/usr/bin` })).toBe(join(npm, "hearth"));
});

test("without a link there is a Node and what it runs, and another program of the name is not ours", async () => {
  await using folder = new TestFolder();
  const script = join(folder.path, "a file.cjs");
  const other = join(folder.path, "other");
  await mkdir(other);
  await writeFile(script, "");
  await writeFile(join(other, "hearth"), "");

  expect(shortestCall(["/usr/bin/node", script], { PATH: other })).toBe(`/usr/bin/node '${script}'`);
});
