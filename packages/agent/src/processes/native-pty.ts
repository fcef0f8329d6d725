import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/** The part of node-pty's native module that we use. */
export interface NativePty {
  /** Opens a terminal. `master` is our end, `slave` the process's; `pty` is the path of the latter. */
  open(columns: number, rows: number): { master: number; slave: number; pty: string };
  resize(master: number, columns: number, rows: number): void;
}

/**
 * Loads the native module: from the folder of the bundle (where the build puts it), else from the installed package.
 *
 * Only `open` and `resize` are taken from node-pty. Its `spawn` blocks the whole agent while a process does not read
 * what is typed, loses the end of the output when the reader is slow, and hands every terminal to every later process.
 * @throws when there is no binary for this platform.
 */
export function loadNativePty(): NativePty {
  const require = createRequire(import.meta.url);
  const name = `${process.platform}-${process.arch}`;
  const beside = fileURLToPath(new URL(`./pty-${name}.node`, import.meta.url));
  // The package's types describe its JavaScript side only; these two signatures are pinned with its version.
  if (existsSync(beside)) return require(beside) as NativePty;
  const insidePackage = createRequire(require.resolve("@lydell/node-pty"));
  return insidePackage(`@lydell/node-pty-${name}/pty.node`) as NativePty;
}
