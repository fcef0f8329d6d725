import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * Test options that skip what needs a program this machine lacks:
 * `describe("config-ssh", needs("ssh"), () => { … })`. Which programs there are to need is listed in
 * `tools/check/programs.ts`.
 *
 * `npm test` names what is skipped and how to get it. With `CI=true` or `HEARTH_TEST_INSTALL=1`, as root, it installs
 * the programs first, and nothing is skipped.
 */
export function needs(...programs: string[]): { skip: boolean } {
  const missing = process.env["HEARTH_TEST_MISSING"]?.split(",");
  // Vitest run by hand has not been told.
  const isMissing = missing
    ? (name: string) => missing.includes(name)
    : (name: string) => findProgram(name) === undefined;
  return { skip: programs.some(isMissing) };
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
