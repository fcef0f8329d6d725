import type { WebSocket } from "ws";

/** What a socket was told, as JSON, in order. */
export class SocketFrames<Frame> implements Disposable {
  readonly all: Frame[] = [];
  readonly #socket: WebSocket;
  readonly #waiting = new Set<() => void>();
  /** Once it is closed. */
  code: number | undefined;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("error", () => undefined); // its close is what counts
    socket.on("message", (data: Buffer) => {
      this.all.push(JSON.parse(data.toString()) as Frame); // what the test asked for
      this.#tell();
    });
    socket.on("close", (code) => {
      this.code = code;
      this.#tell();
    });
  }

  /** Waits until there are so many. */
  async count(wanted: number): Promise<Frame[]> {
    await this.until(() => this.all.length >= wanted);
    return this.all;
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      await promise;
      this.#waiting.delete(resolve);
    }
  }

  async closed(): Promise<number> {
    await this.until(() => this.code !== undefined);
    return this.code ?? 0;
  }

  [Symbol.dispose](): void {
    this.#socket.terminate();
  }

  #tell(): void {
    for (const tell of this.#waiting) tell();
  }
}
