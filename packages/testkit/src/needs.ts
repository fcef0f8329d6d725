import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * Test options that skip what needs a program this machine lacks:
 * `describe("config-ssh", needs("ssh"), () => { … })`.
 *
 * `npm test` names what is skipped and how to get it. With `CI=true` or `HEARTH_TEST_INSTALL=1` nothing is: the
 * programs were installed first, and a test that misses one fails.
 */
export function needs(...programs: string[]): { skip: boolean } {
  const mayNotSkip = process.env["CI"] === "true" || process.env["HEARTH_TEST_INSTALL"] === "1";
  return { skip: !mayNotSkip && programs.some((program) => findProgram(program) === undefined) };
}

/** The path of a program on the PATH; `sbin` is looked into as well, where Debian puts daemons. */
export function findProgram(name: string): string | undefined {
  const directories = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/local/sbin", "/usr/sbin", "/sbin"];
  return directories.map((directory) => join(directory, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
