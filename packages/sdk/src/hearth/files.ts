import { readEvents } from "@hearth/base";
import { ApiError } from "../api-error.ts";
import type { Client } from "../client.ts";
import * as routes from "../endpoints/workspace-files.ts";
import type { FileEntry, MoveFileRequest } from "../schemas/commands.ts";
import { gathered, streamOf, textOf, type BytesSource } from "./streams.ts";
import { surroundings } from "./surroundings.ts";

/** Ends what is asked for before its answer. */
export interface FileOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Which part of a file to read, in bytes: from `start` on, up to and without `end`. */
export interface ReadOptions extends FileOptions {
  readonly start?: number | undefined;
  readonly end?: number | undefined;
}

/** How a file is written. */
export interface WriteOptions extends FileOptions {
  /** Permission bits, as `0o644`. @default those of the file that was there, else the agent's usual ones */
  readonly mode?: number | undefined;
  /** Makes the directories that are missing above it. @default false */
  readonly parents?: boolean | undefined;
}

/** A text of a file to put another in the place of: it must be there, once unless `all`. */
export interface FileEdit {
  readonly search: string;
  readonly replace: string;
  readonly all?: boolean | undefined;
}

/** Something that happened to a file below a watched path. */
export interface FileChange {
  readonly type: "created" | "changed" | "removed";
  readonly path: string;
}

/** What the files of a workspace need to be asked. */
export interface FileMeans {
  readonly client: Client;
  /** The agent as it is now. @throws ChoiceError where there is none */
  readonly agentId: () => string;
}

/**
 * The files of a workspace, as its user. A path is absolute, relative to the workspace's directory, or from `~`. Each method
 * throws ApiError: `not_found`, `forbidden`, `exec_unsupported` for an agent that cannot, …
 */
export class WorkspaceFiles {
  readonly #means: FileMeans;

  /** Those of a workspace are its `files`. */
  constructor(means: FileMeans) {
    this.#means = means;
  }

  /** A file's bytes, whole or a part. */
  async read(path: string, options: ReadOptions = {}): Promise<Uint8Array> {
    return await gathered(await this.readStream(path, options));
  }

  /** A file as text, whatever is no UTF-8 replaced. */
  async readText(path: string, options: ReadOptions = {}): Promise<string> {
    return new TextDecoder().decode(await this.read(path, options));
  }

  /** The same as it comes, for what is large. */
  async readStream(path: string, { start = 0, end, signal }: ReadOptions = {}): Promise<ReadableStream<Uint8Array>> {
    if (end !== undefined && end <= start) return new Blob([]).stream();
    const isPart = start > 0 || end !== undefined;
    const range = `bytes=${start}-${end === undefined ? "" : end - 1}`;
    return await this.#bytes(routes.readFile, path, {
      ...(isPart ? { headers: { Range: range } } : {}),
      ...only({ signal }),
    });
  }

  /** Writes a file, whole or not at all: whoever reads sees the old one or the new. */
  async write(path: string, source: BytesSource, { mode, parents, signal }: WriteOptions = {}): Promise<FileEntry> {
    return await this.#means.client.call(routes.writeFile, {
      ...this.#agent(),
      query: {
        path,
        ...(mode === undefined ? {} : { mode: mode.toString(8).padStart(4, "0") }),
        ...(parents === undefined ? {} : { make_parents: parents }),
      },
      body: await bodyOf(source),
      contentType: "application/octet-stream",
      ...only({ signal }),
    });
  }

  /** What is in a directory, by name, 10,000 at most. */
  async list(path = ".", options: FileOptions = {}): Promise<FileEntry[]> {
    return (await this.#means.client.call(routes.listFiles, { ...this.#agent(), query: { path }, ...only(options) }))
      .entries;
  }

  /** What is at a path; a link is told of itself. */
  async stat(path: string, options: FileOptions = {}): Promise<FileEntry> {
    return await this.#means.client.call(routes.statFile, { ...this.#agent(), query: { path }, ...only(options) });
  }

  /** Whether something is at a path. */
  async exists(path: string, options: FileOptions = {}): Promise<boolean> {
    try {
      await this.stat(path, options);
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return false;
      throw error;
    }
  }

  /** Makes a directory, and those above it that are missing; one that is there is no fault. */
  async makeDirectory(path: string, options: FileOptions = {}): Promise<FileEntry> {
    const body = { path, parents: true };
    return await this.#means.client.call(routes.makeDirectory, { ...this.#agent(), body, ...only(options) });
  }

  /** Gives a file or a directory another path; one that is taken is an error unless `overwrite`. */
  async move(
    from: string,
    to: string,
    { overwrite, signal }: Pick<MoveFileRequest, "overwrite"> & FileOptions = {},
  ): Promise<FileEntry> {
    const body = { from, to, ...only({ overwrite }) };
    return await this.#means.client.call(routes.moveFile, { ...this.#agent(), body, ...only({ signal }) });
  }

  /** Removes a file, or a directory; one that is not empty only with `recursive`. */
  async remove(
    path: string,
    { recursive, signal }: { readonly recursive?: boolean } & FileOptions = {},
  ): Promise<void> {
    const query = { path, ...only({ recursive }) };
    await this.#means.client.call(routes.removeFile, { ...this.#agent(), query, ...only({ signal }) });
  }

  /** Replaces texts of a file, in this order, all or none. Gives how many. */
  async edit(path: string, edits: readonly FileEdit[], options: FileOptions = {}): Promise<number> {
    const body = { path, edits: edits.map(({ search, replace, all }) => ({ search, replace, ...only({ all }) })) };
    return (await this.#means.client.call(routes.editFile, { ...this.#agent(), body, ...only(options) })).replaced;
  }

  /** A directory's contents, or one file, as tar. */
  async download(path: string, options: FileOptions = {}): Promise<ReadableStream<Uint8Array>> {
    return await this.#bytes(routes.downloadTar, path, only(options));
  }

  /** Unpacks a tar into a directory; nothing of it gets out of there. */
  async upload(
    path: string,
    tar: BytesSource,
    options: FileOptions = {},
  ): Promise<{ readonly entries: number; readonly bytes: number }> {
    const body = await bodyOf(tar);
    return await this.#means.client.call(routes.uploadTar, {
      ...this.#agent(),
      query: { path },
      body,
      contentType: "application/x-tar",
      ...only(options),
    });
  }

  /** What happens to a file or in a directory from now on, until the loop is left or the signal ends it. */
  async *watch(
    path: string,
    { recursive, signal }: { readonly recursive?: boolean } & FileOptions = {},
  ): AsyncGenerator<FileChange, void, undefined> {
    const query = { path, ...only({ recursive }) };
    const { body } = await this.#means.client.request(routes.watchFiles, {
      ...this.#agent(),
      query,
      ...only({ signal }),
    });
    for await (const { type, data } of readEvents(textOf(body))) {
      if (type === "change") yield JSON.parse(data) as FileChange;
      // The contract of streams: an `error` event is a refusal.
      if (type === "error") throw new ApiError("internal", (JSON.parse(data) as { message: string }).message);
    }
  }

  async #bytes(
    route: typeof routes.readFile | typeof routes.downloadTar,
    path: string,
    input: { readonly headers?: Record<string, string>; readonly signal?: AbortSignal },
  ): Promise<ReadableStream<Uint8Array>> {
    const { body } = await this.#means.client.request(route, { ...this.#agent(), query: { path }, ...input });
    return body ?? new Blob([]).stream();
  }

  #agent() {
    return { params: { workspaceagent: this.#means.agentId() } };
  }
}

/** What is given of it: options that are left out are not sent. */
function only<T extends object>(options: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [Name in keyof T]?: Exclude<T[Name], undefined>;
  };
}

/** As `fetch` takes it: not every browser sends what is made on the way, so that there it is gathered first. */
async function bodyOf(source: BytesSource): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (typeof source === "string" || surroundings.page !== undefined) return await gathered(source);
  // The client passes a stream on as it is; its types know whole bodies alone.
  return streamOf(source) as unknown as Uint8Array;
}
