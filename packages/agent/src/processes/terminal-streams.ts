import { writeSync } from "node:fs";
import { Readable, Writable } from "node:stream";
import type { ReadStream } from "node:tty";
import type { Clock } from "@hearth/base";

const shortestWaitMs = 2;
const longestWaitMs = 64;

/**
 * What a terminal shows, until it is hung up and everything has been read.
 *
 * Linux tells a hang-up by the read error EIO, after the last byte; here that is the ordinary end.
 */
export function terminalOutput(source: ReadStream): Readable {
  const output = new Readable({
    read: () => void source.resume(),
    destroy(error, callback) {
      source.destroy();
      callback(error);
    },
  });
  source.on("data", (chunk) => {
    if (!output.push(chunk)) source.pause();
  });
  source.on("error", () => undefined); // EIO; `close` follows
  source.on("close", () => output.push(null));
  source.pause();
  return output;
}

/**
 * What is typed into a terminal. `isOpen` says whether the descriptor is still ours; after that input is dropped.
 *
 * A terminal takes only a few kilobytes until its process reads. There is no event for "it takes more", and Node's own
 * stream would block the agent until it does, so a full terminal is tried again after 2 to 64 ms.
 */
export function terminalInput(fd: number, { clock, isOpen }: { clock: Clock; isOpen: () => boolean }): Writable {
  const closing = new AbortController();
  return new Writable({
    decodeStrings: true,
    write(chunk: Buffer, _encoding, callback) {
      void typeAll(fd, chunk, { clock, isOpen, signal: closing.signal }, callback);
    },
    destroy(error, callback) {
      closing.abort();
      callback(error);
    },
  });
}

async function typeAll(
  fd: number,
  chunk: Buffer,
  { clock, isOpen, signal }: { clock: Clock; isOpen: () => boolean; signal: AbortSignal },
  done: (error?: Error) => void,
): Promise<void> {
  try {
    let waitMs = shortestWaitMs;
    for (let rest = chunk; rest.length > 0 && isOpen() && !signal.aborted;) {
      const written = typeSome(fd, rest);
      rest = rest.subarray(written);
      waitMs = written > 0 ? shortestWaitMs : Math.min(longestWaitMs, waitMs * 2);
      if (rest.length > 0 && written === 0) await clock.sleep(waitMs, { signal, tag: "terminal input" });
    }
    done();
  } catch (error) {
    done(signal.aborted || !(error instanceof Error) ? undefined : error);
  }
}

/** How many bytes the terminal took; 0 when it is full. What is typed into a dead terminal counts as taken. */
function typeSome(fd: number, chunk: Buffer): number {
  try {
    return writeSync(fd, chunk);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EAGAIN") return 0;
    if (code === "EIO") return chunk.length; // hung up: nobody is left to read it
    throw error;
  }
}
