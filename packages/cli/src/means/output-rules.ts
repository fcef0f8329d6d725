import type { Writable } from "node:stream";
import type { Clock } from "@hearth/base";

/** How long a program that ends waits for a terminal that is stopped to take its last lines. */
const lastLinesMs = 1_000;

/** What our output coming to nothing means to us. */
export interface OutputRules {
  /** From here on it means nothing: we write where there is somebody, and go on. For programs that serve others. */
  readonly outlive: () => void;
  /** For the end of a program that outlives its output: resolves with whether its last lines were taken, within a second. */
  readonly settle: (clock: Clock) => Promise<boolean>;
}

/**
 * Decides what a failure of standard output or error does: with a program that prints, the end; after
 * {@link OutputRules.outlive} nothing, and no reader who stops reading holds us up.
 *
 * Never throws: an error about a stream that cannot be written would be told to that very stream, without end.
 */
export function outputRules(
  { stdout, stderr }: { readonly stdout: Writable; readonly stderr: Writable },
  exit: (code: number) => void,
): OutputRules {
  const streams = [stdout, stderr];
  let isOutlived = false;
  const onError = (stream: Writable, error: NodeJS.ErrnoException): void => {
    if (isOutlived) return;
    // Whoever read has seen enough: `hearth list | head -1`.
    if (error.code === "EPIPE") exit(0);
    // The terminal is gone, which a signal may have told already.
    else if (error.code === "EIO") exit(129);
    else {
      if (stream === stdout) stderr.write(`error: The output cannot be written: ${error.message}\n`);
      exit(1);
    }
  };
  for (const stream of streams) stream.on("error", (error) => onError(stream, error));
  return {
    outlive() {
      isOutlived = true;
      for (const stream of streams) neverBlock(stream);
    },
    async settle(clock) {
      if (!isOutlived) return true; // who prints waits for its reader, however long
      const over = new AbortController();
      const late = clock.sleep(lastLinesMs, { signal: over.signal, tag: "last lines" }).then(
        () => false,
        () => true, // taken
      );
      const taken = Promise.all(streams.map(flushed)).then(() => true);
      const isTaken = await Promise.race([taken, late]);
      over.abort();
      return isTaken;
    },
  };
}

/** Resolves when all that was written before has been taken, or has failed. */
async function flushed(stream: Writable): Promise<void> {
  await new Promise<void>((resolve) => stream.write("", () => resolve()));
}

/**
 * Node writes to terminals with a call that waits until they take it: somebody's Ctrl-S, or a stalled SSH connection,
 * would stop the whole program. It has no public way to ask for less.
 */
function neverBlock(stream: Writable): void {
  const handle: unknown = Reflect.get(stream, "_handle");
  if (!isHandle(handle)) return; // a file, which takes all or fails
  handle.setBlocking(false);
}

function isHandle(value: unknown): value is { setBlocking(isBlocking: boolean): void } {
  return typeof value === "object" && value !== null && typeof Reflect.get(value, "setBlocking") === "function";
}
