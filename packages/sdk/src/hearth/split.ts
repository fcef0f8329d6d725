import type { CommandOutput } from "../commands/index.ts";

/** So much of each may wait to be read, in bytes. */
const heldBytes = 1024 * 1024;

/** A command's two streams, apart. Who reads neither holds the command back; who cancels one does without it. */
export interface Split {
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
}

/** Takes both apart as they come, and takes no more while one of them holds its fill. */
export function split(output: ReadableStream<CommandOutput>): Split {
  const sides = { stdout: new Side(), stderr: new Side() };
  void pump(output, sides);
  return { stdout: sides.stdout.stream, stderr: sides.stderr.stream };
}

async function pump(
  output: ReadableStream<CommandOutput>,
  { stdout, stderr }: { stdout: Side; stderr: Side },
): Promise<void> {
  const reader = output.getReader();
  try {
    for (;;) {
      await stdout.hasRoom();
      await stderr.hasRoom();
      const { done, value } = await reader.read();
      if (done) break;
      if (value.from !== "dropped") (value.from === "stdout" ? stdout : stderr).push(value.bytes);
    }
    stdout.end();
    stderr.end();
  } catch (error) {
    stdout.fail(error);
    stderr.fail(error);
  }
}

class Side {
  readonly stream: ReadableStream<Uint8Array>;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #onRoom: (() => void) | undefined;

  constructor() {
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.#controller = controller),
        pull: () => this.#onRoom?.(),
        cancel: () => {
          this.#controller = undefined;
          this.#onRoom?.();
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: heldBytes }),
    );
  }

  async hasRoom(): Promise<void> {
    while ((this.#controller?.desiredSize ?? 1) <= 0) {
      await new Promise<void>((resolve) => (this.#onRoom = resolve));
    }
  }

  push(bytes: Uint8Array): void {
    this.#controller?.enqueue(bytes);
  }

  end(): void {
    this.#controller?.close();
  }

  fail(error: unknown): void {
    this.#controller?.error(error);
  }
}
