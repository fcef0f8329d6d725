import { Scope, Wake, type Clock } from "@hearth/base";
import { endpoints, type Client, type ReconnectingPTYRequest } from "@hearth/sdk";
import { keepConnected, type ConnectionState } from "./keep-connected.ts";
import { runSocket } from "./socket.ts";
import { Store } from "./store.ts";

export interface TerminalSize {
  readonly rows: number;
  readonly cols: number;
}

export interface TerminalOptions {
  client: Client;
  clock: Clock;
  agentId: string;
  /** Names the shell on the agent: the same id comes back to the same shell. */
  shellId: string;
  size: TerminalSize;
  /** Attached, again or for the first time: the shell's last screen comes now, onto a clean one. */
  onAttached: () => void;
  /** Bytes for the screen; call `shown` once they are drawn. */
  onOutput: (bytes: Uint8Array, shown: () => void) => void;
}

/**
 * How far the screen may lag behind. A browser cannot ask a WebSocket to wait, so beyond this it hangs up and attaches
 * again: the agent repeats the last 64 KiB, and nobody reads the megabytes between anyway.
 */
const maxLagBytes = 12 * 2 ** 20;

/** One message of input at most; pasting a novel sends several. In characters. */
const maxInputLength = 4_096;

/**
 * A terminal on an agent that outlives cuts: it attaches again, by its id, until the shell ends or it is disposed.
 * What is typed while it connects for the first time waits for it; what is typed while it is cut off is lost, not sent
 * late to a shell that may have moved on.
 */
export class TerminalConnection implements Disposable {
  readonly state = new Store<ConnectionState>({ phase: "connecting", attempt: 1 });
  readonly #options: TerminalOptions;
  readonly #stop = new AbortController();
  readonly #retryNow = new Wake();
  #size: TerminalSize;
  #socket: WebSocket | undefined;
  /** Typed before it was open for the first time. */
  #early: string[] | undefined = [];

  constructor(options: TerminalOptions) {
    this.#options = options;
    this.#size = options.size;
    void keepConnected({
      name: "terminal",
      clock: options.clock,
      signal: this.#stop.signal,
      retryNow: this.#retryNow,
      onState: (state) => this.state.set(state),
      connect: (context) => this.#attach(context),
    });
  }

  /** Types a text. */
  input(data: string): void {
    if (this.#early) {
      this.#early.push(data);
      return;
    }
    // By code points, so that no character is cut in two.
    // oxlint-disable-next-line hearth/no-dynamic-regexp -- of a number of ours
    for (const part of data.match(new RegExp(`[^]{1,${maxInputLength}}`, "gu")) ?? []) this.#send({ data: part });
  }

  resize(size: TerminalSize): void {
    this.#size = size;
    this.#send({ height: size.rows, width: size.cols });
  }

  retryNow(): void {
    this.#retryNow.notify();
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  async #attach({ signal, opened }: { signal: AbortSignal; opened: () => void }): Promise<"ended" | "lost"> {
    const { client, agentId, shellId, onAttached, onOutput } = this.#options;
    const askedFor = this.#size;
    using attached = new Scope(signal);
    let isTooFarBehind = false;
    let lagBytes = 0;
    const end = await runSocket({
      url: client.urlOf(
        endpoints.agents.openTerminal,
        {
          params: { workspaceagent: agentId },
          query: { reconnect: shellId, height: `${askedFor.rows}`, width: `${askedFor.cols}` },
        },
        "ws",
      ),
      signal: attached.signal,
      onOpen: (socket) => {
        this.#socket = socket;
        onAttached();
        opened();
        // The window changed while the connection was made.
        if (this.#size !== askedFor) this.resize(this.#size);
        const early = this.#early ?? [];
        this.#early = undefined;
        for (const typed of early) this.input(typed);
      },
      onMessage: (data) => {
        const bytes = typeof data === "string" ? new TextEncoder().encode(data) : new Uint8Array(data);
        lagBytes += bytes.length;
        onOutput(bytes, () => (lagBytes -= bytes.length));
        if (lagBytes <= maxLagBytes) return;
        isTooFarBehind = true;
        attached.end();
      },
    });
    this.#socket = undefined;
    // A normal close is the shell's end, if it was not we who closed.
    return end.code === 1000 && !isTooFarBehind ? "ended" : "lost";
  }

  #send(message: ReconnectingPTYRequest): void {
    if (this.#socket?.readyState === WebSocket.OPEN) {
      this.#socket.send(new TextEncoder().encode(JSON.stringify(message)));
    }
  }
}
