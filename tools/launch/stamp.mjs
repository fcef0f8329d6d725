import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Notes what something was made from, so that the next start need not make it again. That is all it saves: where it
 * cannot be written (a full disk, somebody else's checkout) this start goes on, and the next one makes it again. Half a
 * stamp is none.
 * @param {string} file
 * @param {string} text
 */
export function writeStamp(file, text) {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } catch {
    // as above
  }
}

/**
 * Takes a stamp away before what it stands for is made anew. Where that cannot be, it is an old one, which equals nothing.
 * @param {string} file
 */
export function removeStamp(file) {
  try {
    rmSync(file, { force: true });
  } catch {
    // as above
  }
}
