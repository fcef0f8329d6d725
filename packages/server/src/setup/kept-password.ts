import { randomInt } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

const alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
const length = 20;

/** The password that {@link keepPassword} wrote; undefined when there is none, or others could have read or changed it. */
export async function readKeptPassword(file: string): Promise<string | undefined> {
  try {
    await using handle = await open(file, "r");
    const { mode, uid } = await handle.stat();
    const text = await handle.readFile("utf8");
    return (mode & 0o077) === 0 && uid === process.getuid?.() && isWhole(text) ? text.trim() : undefined;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Whether a file is what is written here; one of any other form is half of one, or somebody else's. */
function isWhole(text: string): boolean {
  const letters = text.slice(0, length);
  return text === `${letters}\n` && letters.length === length && !/[^A-HJ-NP-Za-km-z2-9]/.test(letters);
}

/**
 * Makes up a password and writes it to `file` for its owner alone (mode 0600), whole or not at all; it is on the disk
 * when this resolves. One that lies there from a start that ended too soon is as good.
 */
export async function keepPassword(file: string): Promise<string> {
  const known = await readKeptPassword(file);
  if (known !== undefined) return known;
  const password = Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join("");
  const draft = `${file}.new`;
  await rm(draft, { force: true });
  {
    await using handle = await open(draft, "wx", 0o600);
    await handle.writeFile(`${password}\n`);
    await handle.sync();
  }
  await rename(draft, file);
  await using folder = await open(dirname(file), "r");
  await folder.sync();
  return password;
}
