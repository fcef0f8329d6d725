import { Transform } from "node:stream";
import { EscapeSequence } from "./escape-sequence.ts";

/** Passes keys on, and calls `leave` for `~.` at the beginning of a line. */
export function escapes(leave: () => void): Transform {
  const sequence = new EscapeSequence();
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const { keys, leaves } = sequence.feed(chunk);
      if (leaves) leave();
      done(null, keys);
    },
  });
}
