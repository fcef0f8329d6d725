import { entryPath, linkTarget } from "./entry-path.ts";
import { ArchiveError, type ArchiveLimits } from "./limits.ts";

/** A file of an archive. */
export interface ArchiveFile {
  readonly content: Uint8Array;
  readonly isExecutable: boolean;
}

type Entry = { kind: "file"; file: ArchiveFile } | { kind: "directory" } | { kind: "link"; target: string };

/** How many links one path may pass through; Linux allows 40. */
const longestLinkChain = 40;

/**
 * Takes entries as a reader finds them, refuses what must not be unpacked, and gives the files.
 *
 * Links are not kept: a link to a file becomes a copy (sharing its bytes), one to a directory a copy of all files below.
 * So whoever writes the result to a disk writes plain files only, and no link can lead a later entry elsewhere.
 */
export class EntryCollector {
  readonly #limits: ArchiveLimits;
  readonly #entries = new Map<string, Entry>();
  #count = 0;
  #totalBytes = 0;

  constructor(limits: ArchiveLimits) {
    this.#limits = limits;
  }

  /** Refuses a file by its declared size, before anything of it is unpacked. */
  checkSize(raw: string, sizeBytes: number): void {
    const { fileBytes, totalBytes } = this.#limits;
    if (sizeBytes > fileBytes) {
      throw new ArchiveError(
        "too_big",
        `The archive's file "${raw}" is ${sizeBytes} bytes; at most ${fileBytes} are allowed.`,
        {
          path: raw,
        },
      );
    }
    if (this.#totalBytes + sizeBytes > totalBytes) {
      throw new ArchiveError("too_big", `The archive unpacks to more than the ${totalBytes} bytes allowed.`, {
        path: raw,
      });
    }
  }

  addFile(raw: string, file: ArchiveFile): void {
    this.checkSize(raw, file.content.length);
    this.#totalBytes += file.content.length;
    this.#add(raw, { kind: "file", file });
  }

  addDirectory(raw: string): void {
    this.#add(raw, { kind: "directory" });
  }

  /** `target` is as a symbolic link spells it: relative to the directory that the link is in. */
  addSymbolicLink(raw: string, target: string): void {
    const path = entryPath(raw, this.#limits);
    const resolved = linkTarget(path, target);
    if (resolved === undefined) {
      throw new ArchiveError("unsafe_link", `The archive's link "${raw}" points outside the archive, at "${target}".`, {
        path: raw,
      });
    }
    this.#add(raw, { kind: "link", target: resolved });
  }

  /** `target` is relative to the archive's root and must have come before. */
  addHardLink(raw: string, target: string): void {
    const resolved = linkTarget("", target);
    if (resolved === undefined || this.#entries.get(resolved)?.kind !== "file") {
      throw new ArchiveError(
        "unsafe_link",
        `The archive's hard link "${raw}" points at "${target}", which is no file before it in the archive.`,
        { path: raw },
      );
    }
    this.#add(raw, { kind: "link", target: resolved });
  }

  /** All files by path, sorted by path. */
  finish(): Map<string, ArchiveFile> {
    this.#checkParents();
    const files = new Map<string, ArchiveFile>();
    for (const [path, entry] of this.#entries) {
      if (entry.kind === "file") files.set(path, entry.file);
      if (entry.kind === "link") for (const [at, file] of this.#follow(path, entry.target)) files.set(at, file);
      if (files.size > this.#limits.entries) throw tooManyEntries(this.#limits);
    }
    return new Map([...files].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  #add(raw: string, entry: Entry): void {
    if (++this.#count > this.#limits.entries) throw tooManyEntries(this.#limits);
    const path = entryPath(raw, this.#limits);
    if (path === "") {
      if (entry.kind === "directory") return;
      throw new ArchiveError("unsafe_path", "The archive's root is not a directory.", { path: raw });
    }
    const other = this.#entries.get(path);
    if (other && !(other.kind === "directory" && entry.kind === "directory")) {
      throw new ArchiveError("duplicate", `The archive holds "${path}" twice.`, { path: raw });
    }
    this.#entries.set(path, entry);
  }

  /** Everything above an entry is a directory, whether the archive lists it or not. */
  #checkParents(): void {
    for (const path of this.#entries.keys()) {
      for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
        const parent = path.slice(0, end);
        const above = this.#entries.get(parent);
        if (above && above.kind !== "directory") {
          const what = above.kind === "file" ? "a file" : "a link";
          throw new ArchiveError("unsafe_path", `The archive holds "${path}" below "${parent}", which is ${what}.`, {
            path,
          });
        }
        if (above) break; // its own parents are looked at in its own turn
        this.#entries.set(parent, { kind: "directory" });
      }
    }
  }

  #follow(path: string, target: string): Iterable<[string, ArchiveFile]> {
    const real = this.#resolve(path, target);
    const entry = real === "" ? undefined : this.#entries.get(real);
    if (entry?.kind === "file") return [[path, entry.file]];
    if (real === "" || path.startsWith(`${real}/`)) {
      throw new ArchiveError("unsafe_link", `The archive's link "${path}" points at a directory that it is in.`, {
        path,
      });
    }
    return this.#copies(path, real);
  }

  *#copies(path: string, directory: string): Iterable<[string, ArchiveFile]> {
    for (const [below, entry] of this.#entries) {
      if (!below.startsWith(`${directory}/`)) continue;
      const copy = path + below.slice(directory.length);
      if (entry.kind === "file") yield [copy, entry.file];
      if (entry.kind !== "link") continue;
      const inner = this.#entries.get(this.#resolve(below, entry.target));
      if (inner?.kind !== "file") {
        throw new ArchiveError(
          "unsafe_link",
          `The archive's link "${path}" leads to a link to a directory, "${below}".`,
          {
            path,
          },
        );
      }
      yield [copy, inner.file];
    }
  }

  /** The file or directory at the end of the links, through links among the directories on the way, too. */
  #resolve(path: string, target: string): string {
    let hops = 0;
    let done: string[] = [];
    let rest = target.split("/").filter((segment) => segment !== "");
    while (rest.length > 0) {
      const [segment = "", ...others] = rest;
      const at = [...done, segment].join("/");
      const entry = this.#entries.get(at);
      if (!entry || (entry.kind === "file" && others.length > 0)) {
        throw new ArchiveError("unsafe_link", `The archive's link "${path}" points at nothing ("${target}").`, {
          path,
        });
      }
      if (entry.kind === "link") {
        if (++hops > longestLinkChain) {
          throw new ArchiveError("unsafe_link", `The archive's link "${path}" leads through too many links.`, { path });
        }
        rest = [...entry.target.split("/").filter((part) => part !== ""), ...others];
        done = [];
        continue;
      }
      done.push(segment);
      rest = others;
    }
    return done.join("/");
  }
}

function tooManyEntries(limits: ArchiveLimits): ArchiveError {
  return new ArchiveError("too_big", `The archive holds more than the ${limits.entries} entries allowed.`);
}
