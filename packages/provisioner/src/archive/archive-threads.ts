import { Readable } from "node:stream";
import { Worker } from "node:worker_threads";
import { AsyncQueue, Semaphore, type Clock } from "@hearth/base";
import type { ByteStream } from "./entries.ts";
import { ArchiveError, defaultArchiveLimits, type ArchiveLimits } from "./limits.ts";
import { readFiles } from "./read-files.ts";
import type { FromThread, ThreadTask, ToThread } from "./thread-messages.ts";

/** Files of a template by path, relative to its root. */
export type TemplateFiles = ReadonlyMap<string, Uint8Array>;

/** How many archives are worked on at once. */
const mostThreads = 2;
/** A thread's own memory, contents of files not counted: names of 20,000 entries fit many times. */
const threadHeapMiB = 192;
/** A tar up to this is read at once, which is faster than a thread's start: it holds some hundred entries. */
const smallTarBytes = 256 * 1024;

export interface ArchiveWork {
  /** Ends the work at once. */
  readonly signal: AbortSignal;
  readonly limits?: Partial<ArchiveLimits>;
}

/**
 * Works on archives beside the event loop, a few at a time: what strangers send may keep a processor busy, and a thread
 * can be ended when its time is up. Pieces go to and fro one by one.
 */
export class ArchiveThreads {
  readonly #clock: Clock;
  readonly #seats = new Semaphore(mostThreads);

  constructor({ clock }: { clock: Clock }) {
    this.#clock = clock;
  }

  /** A zip, a file of this machine, as a tar; see `zipToTar`. @throws ArchiveError; what the signal was aborted with */
  zipToTar(zipPath: string, options: ArchiveWork): AsyncGenerator<Uint8Array> {
    return pieces(this.#run("zipToTar", Readable.from([]), zipPath, options));
  }

  /** A tar as a zip; see `tarToZip`. @throws ArchiveError; what the signal was aborted with */
  tarToZip(tar: ByteStream, options: ArchiveWork): AsyncGenerator<Uint8Array> {
    return pieces(this.#run("tarToZip", tar, undefined, options));
  }

  /** The files of a tar; see `readFiles`. @throws ArchiveError; what the signal was aborted with */
  async readFiles(tar: ByteStream, options: ArchiveWork): Promise<TemplateFiles> {
    const { start, rest } = await split(tar, smallTarBytes);
    const whole = joined(start, rest);
    const isPacked = start[0] === 0x1f;
    if (rest === undefined && !isPacked) return await readFiles(whole, withDefaults(options.limits));
    for await (const message of this.#run("readFiles", whole, undefined, options)) {
      if (message.type === "done" && message.files !== undefined) return message.files;
    }
    throw new Error("the thread ended without an answer");
  }

  async *#run(
    work: ThreadTask["work"],
    tar: ByteStream,
    zipPath: string | undefined,
    { signal, limits: given }: ArchiveWork,
  ): AsyncGenerator<FromThread> {
    using _seat = await this.#seats.take({ signal });
    const limits = withDefaults(given);
    using deadline = this.#clock.timeout(limits.timeMs, { signal, tag: "archive" });
    const task: ThreadTask = { work, zipPath, limits };
    const worker = new Worker(new URL("./thread.ts", import.meta.url), {
      workerData: task,
      resourceLimits: { maxOldGenerationSizeMb: threadHeapMiB },
    });
    const messages = messagesOf(worker);
    const onDeadline = () => messages.close(deadline.signal.reason);
    deadline.signal.addEventListener("abort", onDeadline, { once: true });
    if (deadline.signal.aborted) onDeadline();
    const input = tar[Symbol.asyncIterator]();
    const tell = (message: ToThread) => worker.postMessage(message);
    try {
      for await (const message of messages) {
        if (message.type === "wanted") {
          const next = await input.next();
          tell({ type: "input", piece: next.done === true ? undefined : next.value });
        } else if (message.type === "piece") {
          yield message;
          tell({ type: "next" });
        } else {
          yield outcome(message);
          return;
        }
        deadline.signal.throwIfAborted();
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error !== deadline.signal.reason) throw error;
      const message = `The archive takes longer than the ${limits.timeMs / 1_000} seconds allowed.`;
      throw new ArchiveError("too_big", message, { limit: "timeMs", cause: error });
    } finally {
      deadline.signal.removeEventListener("abort", onDeadline);
      await worker.terminate();
      await input.return?.();
    }
  }
}

function withDefaults(limits: Partial<ArchiveLimits> = {}): ArchiveLimits {
  return { ...defaultArchiveLimits, ...limits };
}

function messagesOf(worker: Worker): AsyncQueue<FromThread> {
  const messages = new AsyncQueue<FromThread>({ capacity: 4 });
  worker.on("message", (message: FromThread) => void messages.push(message));
  worker.on("error", (error: Error) => {
    const isFull = "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
    const message = "The archive needs more memory than reading one may.";
    messages.close(isFull ? new ArchiveError("too_big", message, { limit: "entries", cause: error }) : error);
  });
  worker.on("exit", () => messages.close(new Error("the thread ended without an answer")));
  return messages;
}

/** @throws ArchiveError when the thread refused; Error when it failed */
function outcome(message: FromThread): FromThread {
  if (message.type === "failed") throw new Error(`an archive could not be worked on: ${message.message}`);
  if (message.type !== "refused") return message;
  const { fault, message: words, path, limit } = message.refusal;
  throw new ArchiveError(fault, words, { path, limit });
}

async function* pieces(messages: AsyncIterable<FromThread>): AsyncGenerator<Uint8Array> {
  for await (const message of messages) if (message.type === "piece") yield message.piece;
}

/** The first bytes, about as many, and what is left when there is more. */
async function split(
  stream: ByteStream,
  atLeastBytes: number,
): Promise<{ start: Uint8Array; rest: AsyncIterator<Uint8Array> | undefined }> {
  const iterator = stream[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  while (bytes <= atLeastBytes) {
    const next = await iterator.next();
    if (next.done === true) return { start: new Uint8Array(Buffer.concat(chunks)), rest: undefined };
    chunks.push(next.value);
    bytes += next.value.length;
  }
  return { start: new Uint8Array(Buffer.concat(chunks)), rest: iterator };
}

async function* joined(start: Uint8Array, rest: AsyncIterator<Uint8Array> | undefined): AsyncGenerator<Uint8Array> {
  yield start;
  if (rest !== undefined) yield* { [Symbol.asyncIterator]: () => rest };
}
