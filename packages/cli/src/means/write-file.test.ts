import { lstat, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { CliHome } from "#testing/captured-run.ts";
import { writeFileAtomically } from "./write-file.ts";

test("a file is replaced whole, with its mode, and nothing else is left behind", async () => {
  await using home = await CliHome.create();
  const file = path.join(home.directory, "config");
  await writeFile(file, "old", { mode: 0o644 });

  await writeFileAtomically(file, "new", 0o600);

  await expect(readFile(file, "utf8")).resolves.toBe("new");
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await expect(readdir(home.directory)).resolves.toEqual(["config"]);
});

test("a symbolic link stays one", async () => {
  await using home = await CliHome.create();
  const real = path.join(home.directory, "real");
  const link = path.join(home.directory, "link");
  await writeFile(real, "old");
  await symlink(real, link);

  await writeFileAtomically(link, "new", 0o600);

  expect((await lstat(link)).isSymbolicLink()).toBe(true);
  await expect(readFile(real, "utf8")).resolves.toBe("new");
});

test("a directory that is not there is the caller's business", async () => {
  await using home = await CliHome.create();

  await expect(writeFileAtomically(path.join(home.directory, "no", "file"), "x", 0o600)).rejects.toThrow("ENOENT");
});
