// A thread that works on one archive. Who started it may end it at any time; it leaves nothing behind.
import { parentPort, workerData } from "node:worker_threads";
import { tarToZip, zipToTar } from "./convert.ts";
import type { ByteStream } from "./entries.ts";
import { ArchiveError } from "./limits.ts";
import { readFiles } from "./read-files.ts";
import type { FromThread, ThreadTask, ToThread } from "./thread-messages.ts";

const port = parentPort;
if (port === null) throw new Error("this is run as a thread only");
const task = workerData as ThreadTask; // given by `ArchiveThreads` alone

let onInput: (piece: Uint8Array | undefined) => void = () => undefined;
let onNext: () => void = () => undefined;
port.on("message", (message: ToThread) => {
  if (message.type === "input") onInput(message.piece);
  else onNext();
});

function say(message: FromThread, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}

async function* input(): ByteStream & AsyncGenerator<Uint8Array> {
  for (;;) {
    const arrival = Promise.withResolvers<Uint8Array | undefined>();
    onInput = arrival.resolve;
    say({ type: "wanted" });
    const piece = await arrival.promise;
    if (piece === undefined) return;
    yield piece;
  }
}

async function send(output: ByteStream): Promise<void> {
  for await (const piece of output) {
    const next = Promise.withResolvers<void>();
    onNext = next.resolve;
    const own = new Uint8Array(piece); // the last piece is a part of a buffer
    say({ type: "piece", piece: own }, [own.buffer]);
    await next.promise;
  }
}

async function work(): Promise<ReadonlyMap<string, Uint8Array> | undefined> {
  if (task.work === "readFiles") return await readFiles(input(), task.limits);
  if (task.work === "tarToZip") await send(tarToZip(input(), task.limits));
  else await send(zipToTar({ path: task.zipPath ?? "" }, task.limits));
  return undefined;
}

try {
  const files = await work();
  // Files that links share are one buffer.
  const buffers = new Set([...(files?.values() ?? [])].map((content) => content.buffer as ArrayBuffer));
  say({ type: "done", files }, [...buffers]);
} catch (error) {
  if (error instanceof ArchiveError) {
    const { fault, message, path, limit } = error;
    say({ type: "refused", refusal: { fault, message, path, limit } });
  } else {
    say({ type: "failed", message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
} finally {
  port.close();
}
