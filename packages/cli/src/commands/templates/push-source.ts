import { stat } from "node:fs/promises";
import path from "node:path";
import type { Terminal } from "#means/terminal.ts";
import { Failure, UsageError } from "#means/failure.ts";

/** What is pushed, and under which name. */
export interface PushSource {
  readonly name: string;
  /** `undefined` is a tar on standard input. */
  readonly directory: string | undefined;
}

/**
 * Works out what `push [template] [--directory dir]` means. Without `--directory` an argument that is a directory is one,
 * and gives the template its name.
 * @throws UsageError when no name follows from it.
 */
export async function findPushSource(
  argument: string | undefined,
  directoryFlag: string | undefined,
  cwd: string,
): Promise<PushSource> {
  if (directoryFlag === "-") {
    if (argument === undefined) throw new UsageError("A template's name is needed with --directory -");
    return { name: argument, directory: undefined };
  }
  if (directoryFlag === undefined && argument !== undefined && (await isDirectory(path.resolve(cwd, argument)))) {
    const directory = path.resolve(cwd, argument);
    return { name: nameOf(directory), directory };
  }
  const directory = path.resolve(cwd, directoryFlag ?? ".");
  if (!(await isDirectory(directory))) throw new Failure(`There is no directory ${directory}.`);
  if (argument !== undefined && !validName.test(argument)) {
    throw new UsageError(
      `"${argument}" is neither a directory nor a name for a template (letters, digits, hyphens; up to 32)`,
    );
  }
  return { name: argument ?? nameOf(directory), directory };
}

const validName = /^[a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)*$/;

function nameOf(directory: string): string {
  const name = path
    .basename(directory)
    .replaceAll(/[._ ]+/g, "-")
    .slice(0, 32);
  if (validName.test(name)) return name;
  throw new UsageError(
    `No name for a template follows from ${directory}; name it: hearth templates push <name> --directory ${directory}`,
  );
}

async function isDirectory(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isDirectory();
  } catch {
    // Not there, or not for us to see: no directory that can be pushed.
    return false;
  }
}

/** What the server takes. */
const largestUploadBytes = 100 * 1024 * 1024;

/** The archive of a source. The same files give the same bytes. */
export async function packSource(
  { directory }: PushSource,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { ArchiveError, gatherAtMost, packDirectory } = await import("@hearth/provisioner/archive");
  try {
    if (directory === undefined) return await gatherAtMost(terminal.stdin, largestUploadBytes);
    return await packDirectory(directory, { signal });
  } catch (error) {
    if (error instanceof ArchiveError) throw new Failure(error.message, { cause: error });
    throw error;
  }
}
