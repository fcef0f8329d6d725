import type { ArchiveFault, ArchiveLimits } from "./limits.ts";

/** What a thread is made for. Tars come as messages, a zip is read where it lies: its directory is at its end. */
export interface ThreadTask {
  readonly work: "zipToTar" | "tarToZip" | "readFiles";
  readonly zipPath: string | undefined;
  readonly limits: ArchiveLimits;
}

/** Nothing is sent unasked, so that no line of pieces grows in either direction. */
export type ToThread = { readonly type: "input"; readonly piece: Uint8Array | undefined } | { readonly type: "next" };

export type FromThread =
  /** Asks for the next piece of the tar; undefined is its end. */
  | { readonly type: "wanted" }
  /** A piece of what it makes; it makes more when told `next`. */
  | { readonly type: "piece"; readonly piece: Uint8Array }
  | { readonly type: "done"; readonly files: ReadonlyMap<string, Uint8Array> | undefined }
  | { readonly type: "refused"; readonly refusal: Refusal }
  | { readonly type: "failed"; readonly message: string };

/** An `ArchiveError`, of which a message between threads would keep the words alone. */
export interface Refusal {
  readonly fault: ArchiveFault;
  readonly message: string;
  readonly path: string | undefined;
  readonly limit: keyof ArchiveLimits | undefined;
}
