import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.mjs";

/** The command line in one file, where it is built. */
export const bundle = join(root, "packages", "cli", "dist", "hearth.cjs");

/** What it is made of, packages from elsewhere aside, whose versions stand in the lock file. */
export const bundleInputs = [
  "package-lock.json",
  "packages/cli/build.ts",
  ...["base", "cli", "sdk", "wire"].map((name) => `packages/${name}/src`),
  "packages/provisioner/src/archive",
  "packages/server/src/config",
  "templates",
  "tools/bundle",
  "tools/launch/bundle.mjs",
];

/**
 * Whether the bundle is there and none of what it was made of has been written to since: by times and sizes, as each
 * start of `hearth` in a checkout asks. A file that is new matters once one of the others names it.
 */
export function isBundleCurrent() {
  try {
    /** @type {unknown} */
    const inputs = JSON.parse(readFileSync(`${bundle}.inputs`, "utf8"));
    if (typeof inputs !== "object" || inputs === null) return false;
    return Object.entries(inputs).every(([file, seen]) => seen === lookOf(file));
  } catch {
    return false; // not built, or something of it is gone
  }
}

/**
 * What tells that a file was written to.
 * @param {string} file from the checkout's root
 */
export function lookOf(file) {
  const { mtimeMs, size } = statSync(join(root, file));
  return `${mtimeMs} ${size}`;
}
