// Plain JavaScript without dependencies, for any Node from 20 on: this runs before anything is installed.
import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The Node that Hearth runs on, from npm, whatever Node the machine has. */
export const ourNode = join(root, "node_modules", "node", "bin", "node");

/** Whether this process already runs on it. */
export function isOurNode() {
  return existsSync(ourNode) && realpathSync(process.execPath) === realpathSync(ourNode);
}
