import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { collect } from "./collect.mjs";
import { LaunchError } from "./failure.mjs";
import { ourNode, root } from "./paths.mjs";
import { withProgress } from "./progress.mjs";
import { writeStamp } from "./stamp.mjs";

/** Tells what `node_modules` was installed from. */
const stamp = join(root, "node_modules", ".hearth-installed");

/** What npm says when it cannot reach its registry. */
const unreachable =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|network request to/;

/**
 * Makes `node_modules` what `package-lock.json` says; does nothing when it is. Says what it does when that takes long.
 * @returns {Promise<void>}
 */
export async function ensureInstalled() {
  if (isInstalled()) return;
  rmSync(stamp, { force: true });
  // Not `npm ci`: it insists on packages for other platforms, which the registry may lack. Development packages are
  // needed to build the dashboard, even where NODE_ENV says production.
  // Without --no-save npm rewrites the lock file where its settings differ from those that wrote it.
  const args = ["install", "--no-save", "--no-audit", "--no-fund", "--include=dev", "--prefer-offline"];
  const { code, output } = await withProgress("Installing packages", () => npm(args));
  if (code !== 0) throw new LaunchError(explain(code, output));
  if (!existsSync(ourNode)) {
    throw new LaunchError(
      `npm installed no Node into ${ourNode}, on which Hearth runs; allow its install script (npm config set ignore-scripts false), remove node_modules, and run this again.`,
    );
  }
  writeStamp(stamp, fingerprint());
}

/** @returns {boolean} */
export function isInstalled() {
  if (!existsSync(ourNode)) return false;
  try {
    return readFileSync(stamp, "utf8") === fingerprint();
  } catch {
    return false; // no stamp: never installed, or cut short
  }
}

function fingerprint() {
  return createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
}

/**
 * The npm that runs us, if one does, else the one on the PATH.
 * @param {string[]} args
 */
async function npm(args) {
  const path = process.env.npm_execpath;
  const options = { cwd: root };
  if (path !== undefined && basename(path) === "npm-cli.js")
    return await collect(process.execPath, [path, ...args], options);
  return await collect("npm", args, options);
}

/**
 * @param {number} code
 * @param {string} output
 */
function explain(code, output) {
  if (code === 127) return `npm cannot be run (${output}); install Node.js with npm, 20 or newer.`;
  if (unreachable.test(output)) {
    return "The packages could not be downloaded: npm's registry cannot be reached. Check the network, or npm's proxy and registry settings, and run this again.";
  }
  if (/EACCES|EPERM|EROFS/.test(output)) {
    return `npm may not write to ${join(root, "node_modules")}; run this as the owner of the checkout, or give it to yourself (chown -R).`;
  }
  if (/ENOSPC/.test(output))
    return `There is no space left on the disk of ${root}; Hearth's packages take about 700 MB.`;
  const words = output.split("\n").filter((line) => line.startsWith("npm error") || line.startsWith("npm ERR!"));
  return `The packages could not be installed (npm install ended with ${code}):\n${(words.length > 0 ? words.slice(0, 15) : [output.trim().slice(-2_000)]).join("\n")}`;
}
