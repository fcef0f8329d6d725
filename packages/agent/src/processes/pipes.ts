import { closeSync, constants, mkdirSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";

const { O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/*
 * Real pipes for the streams of processes.
 *
 * Node joins itself to a child by socket pairs, and a socket cannot be opened by path: `tee /dev/stderr`,
 * `cat /dev/stdin`, `> /dev/stdout` fail in such a child with "No such device or address". Under sshd and in every
 * terminal they work. Node cannot make pipes itself, so other programs make some in advance; while there are none
 * (a burst, or an image without those programs), processes get sockets.
 */

/** Both ends of one pipe, as file descriptors. Only `ours` is non-blocking: what a process inherits must block. */
export interface Pipe {
  readonly ours: number;
  readonly theirs: number;
}

export function closePipe({ ours, theirs }: Pipe): void {
  closeSync(ours);
  closeSync(theirs);
}

const outputPipesAtOnce = 12;

/** Makes pipes that carry output to us: named ones, opened at both ends and unlinked, by one run of `mkfifo`. */
export async function makeOutputPipes(
  parent: string,
  run: (file: string, args: readonly string[]) => Promise<void>,
): Promise<Pipe[]> {
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  const folder = mkdtempSync(join(parent, "pipes-"));
  try {
    const paths = Array.from({ length: outputPipesAtOnce }, (_, index) => join(folder, String(index)));
    await run("mkfifo", ["-m", "600", ...paths]);
    // Our end first: opening the writing end alone would wait for somebody who reads.
    return openAll(paths, (path) => openPair(path, O_RDONLY | O_NONBLOCK, O_WRONLY));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const inputDescriptors = [3, 4, 5, 6, 7, 8] as const;

/**
 * Shell that ends up as one process with the reading ends of six pipes at descriptors 3 to 8. It tells its process id
 * and lives until its first standard input ends. (Descriptors above 9 are beyond some shells.)
 */
export const inputPipesScript = `exec 9<&0; ${inputDescriptors.reduceRight(
  (inner, fd) => `: | { exec ${fd}<&0; ${inner}; }`,
  `exec /bin/sh -c 'echo $$; read line <&9'`,
)}`;

/**
 * Makes pipes that carry input to a process, from the shell's: the shell of {@link inputPipesScript} holds them open
 * and `/proc` lets us at them. Named pipes will not do here: whoever opens `/dev/stdin` after we have written
 * everything and closed would wait for a writer for ever.
 */
export function openInputPipes(pid: number): Pipe[] {
  const paths = inputDescriptors.map((fd) => `/proc/${pid}/fd/${fd}`);
  return openAll(paths, (path) => openPair(path, O_WRONLY | O_NONBLOCK, O_RDONLY));
}

/** Opens a pipe per path; when one fails, none stays open. */
function openAll(paths: readonly string[], open: (path: string) => Pipe): Pipe[] {
  const pipes: Pipe[] = [];
  try {
    for (const path of paths) pipes.push(open(path));
    return pipes;
  } catch (error) {
    for (const pipe of pipes) closePipe(pipe);
    throw error;
  }
}

/** Opens `ours`, then `theirs`; when the second fails, the first is closed. */
function openPair(path: string, oursFlags: number, theirsFlags: number): Pipe {
  const ours = openSync(path, oursFlags);
  try {
    return { ours, theirs: openSync(path, theirsFlags) };
  } catch (error) {
    closeSync(ours);
    throw error;
  }
}
