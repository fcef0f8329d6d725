import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** A template to begin with: its files by path, as text. */
export interface Starter {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
}

/**
 * The templates that come along, by name. The bundle holds what this gives where it is built, and not this.
 */
export async function readStarters(): Promise<readonly Starter[]> {
  const directory = fileURLToPath(new URL("../../../../../templates", import.meta.url));
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return await Promise.all(
    names.toSorted().map(async (name) => ({ name, files: await readFiles(path.join(directory, name)) })),
  );
}

async function readFiles(directory: string): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const texts = await Promise.all(
    files.toSorted().map(async (file) => [path.relative(directory, file), await readFile(file, "utf8")] as const),
  );
  return Object.fromEntries(texts);
}
