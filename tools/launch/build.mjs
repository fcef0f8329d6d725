import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { bundle, bundleInputs, isBundleCurrent } from "./bundle.mjs";
import { collect } from "./collect.mjs";
import { LaunchError } from "./failure.mjs";
import { listFiles } from "./list-files.mjs";
import { ourNode, root } from "./paths.mjs";
import { withProgress } from "./progress.mjs";
import { removeStamp, writeStamp } from "./stamp.mjs";

/**
 * Something that is built, from what, and how. `recipe` is what must be there for it to be built at all;
 * `isCurrent` whether what uses it will take it, where that is its own to say.
 * @typedef {{ what: string, recipe: string, inputs: string[], output: string, command: string[], cwd: string,
 *   isCurrent?: () => boolean }} Build
 */

/**
 * The sources of these packages.
 * @param {string[]} packages
 */
function sourcesOf(...packages) {
  return packages.map((name) => `packages/${name}/src`);
}

/** @type {Build[]} */
export const builds = [
  {
    what: "Building the dashboard",
    recipe: "packages/web/vite.config.ts",
    inputs: [
      ...["index.html", "package.json", "vite.config.ts", "public"].map((name) => `packages/web/${name}`),
      ...sourcesOf("web", "sdk", "base"),
    ],
    output: "packages/web/dist/index.html",
    command: ["../../node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"],
    cwd: "packages/web",
  },
  {
    what: "Building the agent",
    recipe: "packages/agent/build.ts",
    inputs: ["packages/agent/build.ts", "packages/agent/package.json", ...sourcesOf("agent", "wire", "sdk", "base")],
    output: "packages/agent/dist/agent.mjs",
    command: ["build.ts"],
    cwd: "packages/agent",
  },
  {
    what: "Building the command line",
    recipe: "packages/cli/build.ts",
    inputs: bundleInputs,
    output: relative(root, bundle),
    command: ["build.ts"],
    cwd: "packages/cli",
    isCurrent: isBundleCurrent,
  },
];

/**
 * Builds what is missing or older than its sources. What has no recipe yet is passed over.
 * @returns {Promise<void>}
 */
export async function ensureBuilt() {
  for (const build of builds) if (existsSync(join(root, build.recipe))) await ensureOne(build);
}

/** @param {Build} build */
async function ensureOne(build) {
  const output = join(root, build.output);
  // Beside the output's directory, which a build may empty.
  const stamp = join(root, "node_modules", ".cache", "hearth", `${build.output.replaceAll("/", "-")}.inputs`);
  const wanted = fingerprint(build);
  const isTaken = build.isCurrent?.() ?? true;
  if (isTaken && existsSync(output) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  removeStamp(stamp);
  const { code, output: said } = await withProgress(build.what, () =>
    collect(ourNode, build.command, { cwd: join(root, build.cwd), env: { ...process.env, NODE_ENV: "production" } }),
  );
  if (code !== 0) throw new LaunchError(`${build.what} failed:\n${said.trim()}`);
  if (!existsSync(output)) throw new LaunchError(`${build.what} made no ${build.output}:\n${said.trim()}`);
  writeStamp(stamp, wanted);
}

/**
 * A hash of everything the build reads, the versions of its packages among it.
 * @param {Build} build
 */
function fingerprint(build) {
  const hash = createHash("sha256")
    .update(JSON.stringify(build))
    .update(readFileSync(join(root, "package-lock.json")));
  for (const file of build.inputs.flatMap(listFiles)) {
    hash
      .update(file)
      .update("\0")
      .update(readFileSync(join(root, file)));
  }
  return hash.digest("hex");
}
