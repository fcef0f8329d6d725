import type { ArchiveThreads, TemplateFiles } from "../archive/index.ts";
import type { AcquiredJob } from "../protocol.ts";

/** Unpacked archives are kept up to these; templates are few and mostly some kilobytes. */
const mostArchives = 64;
const mostBytes = 64 * 1024 * 1024;

/** Unpacked archives by file id, whose bytes never change. The one used longest ago goes first. */
export class ArchiveCache {
  readonly #kept = new Map<string, { readonly files: TemplateFiles; readonly sizeBytes: number }>();
  readonly #threads: ArchiveThreads;
  #totalBytes = 0;

  constructor(threads: ArchiveThreads) {
    this.#threads = threads;
  }

  /** The files of a job's archive. @throws ArchiveError when it cannot be unpacked; what `file.read` throws */
  async read(job: AcquiredJob, signal: AbortSignal): Promise<TemplateFiles> {
    const { id } = job.file;
    const known = this.#kept.get(id);
    if (known) {
      this.#kept.delete(id);
      this.#kept.set(id, known);
      return known.files;
    }
    const files = await this.#threads.readFiles(job.file.read(signal), { signal });
    this.#keep(id, files);
    return this.#kept.get(id)?.files ?? files;
  }

  #keep(id: string, files: TemplateFiles): void {
    const sizeBytes = [...files.values()].reduce((sum, content) => sum + content.length, 0);
    if (this.#kept.has(id) || sizeBytes > mostBytes) return;
    this.#kept.set(id, { files, sizeBytes });
    this.#totalBytes += sizeBytes;
    for (const [oldest, entry] of this.#kept) {
      if (this.#totalBytes <= mostBytes && this.#kept.size <= mostArchives) return;
      this.#kept.delete(oldest);
      this.#totalBytes -= entry.sizeBytes;
    }
  }
}
