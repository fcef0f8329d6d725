import { readArchive, type TemplateFiles } from "../archive/index.ts";
import type { AcquiredJob } from "../protocol.ts";

/** Archives are small and templates few: this many unpacked ones are kept. */
const keptArchives = 32;

/** Unpacked archives by file id, whose bytes never change. The one used longest ago goes first. */
export class ArchiveCache {
  readonly #files = new Map<string, Promise<TemplateFiles>>();

  /** The files of a job's archive; read once however many jobs ask. A failed read is not kept. */
  read(job: AcquiredJob, signal: AbortSignal): Promise<TemplateFiles> {
    const { id } = job.file;
    const known = this.#files.get(id);
    this.#files.delete(id);
    const files = known ?? job.file.read(signal).then((bytes) => readArchive(bytes));
    this.#files.set(id, files);
    if (known === undefined) {
      files.catch(() => {
        if (this.#files.get(id) === files) this.#files.delete(id);
      });
    }
    const [oldest] = this.#files.keys();
    if (this.#files.size > keptArchives && oldest !== undefined) this.#files.delete(oldest);
    return files;
  }
}
