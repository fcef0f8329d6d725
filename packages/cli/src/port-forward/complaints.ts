import { messageOf } from "@hearth/base";
import { WebSocketClosed } from "@hearth/wire/web-socket-stream";

/** Says what goes wrong with connections, each kind of failure once a port until a connection to it has worked again. */
export class Complaints {
  readonly #told = new Map<number, Set<string>>();
  readonly #say: (text: string) => void;

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  failed(port: number, error: unknown): void {
    const text = describe(error);
    const told = this.#told.get(port) ?? new Set();
    if (told.has(text)) return;
    this.#told.set(port, told.add(text));
    this.#say(`port ${port}: ${text}`);
  }

  worked(port: number): void {
    this.#told.delete(port);
  }
}

function describe(error: unknown): string {
  // The code of a dial that the agent refused comes with the agent's own word for it.
  if (error instanceof WebSocketClosed && error.code === 4001)
    return `the workspace takes no connection (${error.reason})`;
  return messageOf(error);
}
