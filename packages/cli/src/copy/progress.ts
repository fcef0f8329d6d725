import { Transform } from "node:stream";
import type { Out } from "#means/out.ts";

const units = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** Bytes for people: `3.2 MiB`. */
export function sizeText(bytes: number): string {
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1);
  const value = bytes / 1024 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power] ?? ""}`;
}

/** Passes bytes on, and shows on a terminal how many have passed. */
export function counted(out: Out, what: string, totalBytes?: number): Transform {
  const status = out.status(what);
  const total = totalBytes === undefined ? "" : ` of ${sizeText(totalBytes)}`;
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      status.update(`${what}: ${sizeText(bytes)}${total}`);
      done(null, chunk);
    },
    destroy(error, done) {
      status[Symbol.dispose]();
      done(error);
    },
  });
}
