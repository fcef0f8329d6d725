import { randomBytes } from "node:crypto";
import { basename, dirname, join } from "node:path";

const ending = ".hearth";

/** A path beside another, on the same disk, for what is to take its place once it is whole. */
export function draftBeside(path: string): string {
  // As much of the name as fits, with what is added, into the 255 bytes that a name may have.
  const name = Buffer.from(basename(path))
    .subarray(0, 200)
    .toString("latin1")
    .replace(/[^\w.-]/g, "_");
  return join(dirname(path), `.${name}.${randomBytes(8).toString("hex")}${ending}`);
}

/** Whether a name is that of a draft: nobody is told of those. */
export function isDraft(name: string): boolean {
  return name.startsWith(".") && name.endsWith(ending);
}
