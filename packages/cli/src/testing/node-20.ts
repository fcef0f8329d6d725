import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** A Node 20 of this machine, the oldest that Hearth is said to run on; `undefined` where there is none. */
export function findNode20(): string | undefined {
  const directories = [...new Set((process.env["PATH"] ?? "").split(delimiter)), "/usr/local/bin", "/usr/bin"];
  return directories
    .map((directory) => join(directory, "node"))
    .find((file) => existsSync(file) && execFileSync(file, ["--version"], { encoding: "utf8" }).startsWith("v20."));
}
