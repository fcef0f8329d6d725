import { type FSWatcher, watch } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Clock } from "@hearth/base";
import { Refusal } from "#api/refusal.ts";
import { isDraft } from "#files/draft.ts";
import { codeOf } from "#files/file-refusal.ts";

export type FileChange = "created" | "changed" | "removed";

/** What is told at once: the newest change of each path, in the order they came. `isLost`: there was more. */
export interface FileChanges {
  readonly changes: ReadonlyMap<string, FileChange>;
  readonly isLost: boolean;
}

export interface WatchOptions {
  readonly isRecursive: boolean;
  readonly mostDirectories: number;
  readonly clock: Clock;
  /** Told at most every 50 ms. Until what it returned resolves, changes gather. */
  readonly onChanges: (changes: FileChanges) => Promise<void>;
  /** What was watched is gone, or cannot be watched any more. */
  readonly onEnd: () => void;
}

const mostWaiting = 4096;
const atOnce = 16;
/** Several changes of a file, as a program writes it, are told as one. */
const gatherMs = 50;

/**
 * Watches a directory, with what is in it and if asked for all below, or a file. Symbolic links are not followed.
 *
 * Each directory has one watch of the kernel and a list of its names, which tells what is new from what has changed.
 */
export class FileWatch implements Disposable {
  readonly #options: WatchOptions;
  readonly #directories = new Map<string, { watcher: FSWatcher; names: Set<string> }>();
  readonly #closing = new AbortController();
  /** The only name that counts, of a file's directory. */
  #only: string | undefined;
  #waiting = new Map<string, FileChange>();
  #isLost = false;
  #isTelling = false;
  #telling: Promise<void> = Promise.resolve();
  #root = "";

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** Resolves once changes are seen. @throws Refusal `too_many_directories`; the system's error */
  async begin(path: string): Promise<void> {
    const stats = await lstat(path);
    this.#only = stats.isDirectory() ? undefined : basename(path);
    this.#root = this.#only === undefined ? path : dirname(path);
    await this.#enter(this.#root, false);
  }

  /** Resolves when what was seen so far is told. */
  get flushed(): Promise<void> {
    return this.#telling;
  }

  [Symbol.dispose](): void {
    this.#closing.abort();
    for (const { watcher } of this.#directories.values()) watcher.close();
    this.#directories.clear();
  }

  /** Watches a directory; `isNew`: what is in it has come just now. */
  async #enter(directory: string, isNew: boolean): Promise<void> {
    if (this.#closing.signal.aborted || this.#directories.has(directory)) return;
    const { mostDirectories, isRecursive } = this.#options;
    if (this.#directories.size >= mostDirectories) {
      const message = `${this.#root} has more than ${mostDirectories} directories below it: watch a part of it.`;
      throw new Refusal(413, "too_many_directories", message);
    }
    const names = new Set<string>();
    const watcher = watch(directory, { persistent: false });
    this.#directories.set(directory, { watcher, names });
    watcher.on("error", () => this.#leave(directory));
    watcher.on("change", (_kind, name) => void this.#onChange(directory, String(name)));
    // After the watch has begun: what comes in between is seen twice, and nothing is missed.
    const below: string[] = [];
    for (const entry of await readdir(directory, { withFileTypes: true })) {
      if (isDraft(entry.name)) continue;
      const path = join(directory, entry.name);
      if (!names.has(entry.name) && isNew) this.#note(path, "created");
      names.add(entry.name);
      if (entry.isDirectory() && isRecursive && this.#only === undefined) below.push(path);
    }
    for (let at = 0; at < below.length; at += atOnce) {
      await Promise.all(below.slice(at, at + atOnce).map((path) => this.#enterLater(path, isNew)));
    }
  }

  /** The same for one below, which may be gone again. */
  async #enterLater(directory: string, isNew: boolean): Promise<void> {
    try {
      await this.#enter(directory, isNew);
    } catch (error) {
      if (codeOf(error) === "ENOENT") return this.#leave(directory);
      if (!isNew) throw error;
      this.#leave(directory);
      this.#lose(); // it has grown beyond what can be watched
    }
  }

  #leave(directory: string): void {
    for (const [path, { watcher }] of this.#directories) {
      if (path !== directory && !path.startsWith(`${directory}/`)) continue;
      watcher.close();
      this.#directories.delete(path);
    }
    if (directory === this.#root && !this.#closing.signal.aborted) this.#options.onEnd();
  }

  async #onChange(directory: string, name: string): Promise<void> {
    const path = join(directory, name);
    const known = this.#directories.get(directory)?.names;
    if (!known || isDraft(name) || (this.#only !== undefined && name !== this.#only)) return;
    const stats = await lstat(path).catch(() => undefined);
    if (this.#closing.signal.aborted) return;
    if (!stats) {
      if (this.#directories.has(path)) this.#leave(path);
      if (known.delete(name)) this.#note(path, "removed");
      // The directory's own removal is told with its own name.
      else if (directory === this.#root && !(await lstat(this.#root).catch(() => undefined))) this.#leave(this.#root);
      return;
    }
    const isNew = !known.has(name);
    known.add(name);
    this.#note(path, isNew ? "created" : "changed");
    const isBelow = stats.isDirectory() && this.#options.isRecursive && this.#only === undefined;
    if (isBelow) await this.#enterLater(path, true);
  }

  #note(path: string, change: FileChange): void {
    if (this.#closing.signal.aborted) return;
    const told = combine(this.#waiting.get(path), change);
    this.#waiting.delete(path);
    if (told) this.#waiting.set(path, told);
    if (this.#waiting.size > mostWaiting) this.#lose();
    this.#tell();
  }

  #lose(): void {
    this.#waiting.clear();
    this.#isLost = true;
    this.#tell();
  }

  #tell(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    this.#telling = this.#tellAll().finally(() => (this.#isTelling = false));
  }

  async #tellAll(): Promise<void> {
    const { clock, onChanges } = this.#options;
    try {
      while (this.#waiting.size > 0 || this.#isLost) {
        await clock.sleep(gatherMs, { signal: this.#closing.signal, tag: "changes of files" });
        const [changes, isLost] = [this.#waiting, this.#isLost];
        this.#waiting = new Map();
        this.#isLost = false;
        await onChanges({ changes, isLost });
      }
    } catch {
      // Whoever watched has left.
    }
  }
}

/** What two changes of a path are together, for whom neither was told. Pure. */
function combine(before: FileChange | undefined, change: FileChange): FileChange | undefined {
  if (before === "created") return change === "removed" ? undefined : "created";
  return before === "removed" && change === "created" ? "changed" : change;
}
