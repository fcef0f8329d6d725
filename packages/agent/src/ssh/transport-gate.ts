import type { Duplex } from "node:stream";

/**
 * Whether the bytes below an SSH connection still move. ssh2 writes on regardless; who has much to say asks here first.
 */
export class TransportGate {
  readonly #transport: Duplex;
  readonly #waiting = new Set<() => void>();

  constructor(transport: Duplex) {
    this.#transport = transport;
    const open = (): void => {
      const waiting = [...this.#waiting];
      this.#waiting.clear();
      for (const goOn of waiting) goOn();
    };
    transport.on("drain", open);
    transport.on("close", open);
  }

  get isFull(): boolean {
    return this.#transport.writableNeedDrain;
  }

  /** Calls `goOn` once, when it is worth looking again. */
  wait(goOn: () => void): void {
    this.#waiting.add(goOn);
  }
}
