import type { ServerResponse } from "node:http";
import { type Clock, drained, onAbort } from "@hearth/base";
import type { Answer } from "#api/route.ts";
import { FileWatch } from "#files/watch-files.ts";

const pingMs = 15_000;

interface SendOptions {
  readonly isRecursive: boolean;
  readonly mostDirectories: number;
  readonly clock: Clock;
  /** Aborts when the client has left. */
  readonly signal: AbortSignal;
}

/**
 * Changes below a path as server-sent events, once they are seen: `change` with its type and path, `lost` where there were
 * more than are kept for a slow client, `ping` every 15 s. Ends when what is watched is gone.
 * @throws Refusal `too_many_directories`; the system's error
 */
export async function sendChanges(
  path: string,
  { isRecursive, mostDirectories, clock, signal }: SendOptions,
): Promise<Answer> {
  const opened = Promise.withResolvers<ServerResponse>();
  const over = Promise.withResolvers<void>();
  const write = async (text: string): Promise<void> => {
    const response = await opened.promise;
    if (!response.write(text)) await drained(response);
  };
  const watch = new FileWatch({
    isRecursive,
    mostDirectories,
    clock,
    onChanges: async ({ changes, isLost }) => {
      const lines = [...changes].map(([at, type]) => `event: change\ndata: ${JSON.stringify({ type, path: at })}\n\n`);
      await write((isLost ? "event: lost\ndata: {}\n\n" : "") + lines.join(""));
    },
    onEnd: () => over.resolve(),
  });
  onAbort(signal, () => {
    watch[Symbol.dispose]();
    over.resolve();
  });
  try {
    await watch.begin(path);
  } catch (error) {
    watch[Symbol.dispose]();
    throw error;
  }
  return {
    status: 200,
    headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
    send: async (response) => {
      response.flushHeaders();
      opened.resolve(response);
      void ping(write, clock, signal);
      await over.promise;
      await watch.flushed;
      watch[Symbol.dispose]();
      if (!signal.aborted) response.end();
    },
  };
}

async function ping(write: (text: string) => Promise<void>, clock: Clock, signal: AbortSignal): Promise<void> {
  try {
    for (;;) {
      await clock.sleep(pingMs, { signal, tag: "file watch ping" });
      await write("event: ping\n\n");
    }
  } catch {
    // The client has left.
  }
}
