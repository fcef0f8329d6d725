import type { Duplex } from "node:stream";
import { finished } from "node:stream/promises";
import type { Terminal } from "#means/terminal.ts";

/** Lets standard input and output be the two ends of a stream, until either is over. For `ProxyCommand`. */
export async function joinStdio(stream: Duplex, { stdin, stdout }: Terminal, signal: AbortSignal): Promise<void> {
  stream.pipe(stdout, { end: false });
  stdin.pipe(stream);
  try {
    await finished(stream, { signal });
  } finally {
    stdin.unpipe();
    stdin.pause();
    stream.destroy();
  }
}
