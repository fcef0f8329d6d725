import { getAppHost, listListeningPorts } from "../endpoints/agents.ts";
import { dial } from "../endpoints/hearth.ts";
import type { WorkspaceAgent } from "../schemas/agents.ts";
import type { Workspace } from "../schemas/workspaces.ts";
import { SetupError } from "./errors.ts";
import { within, type Ground, type WaitOptions } from "./means.ts";
import { openSocket } from "./socket-messages.ts";

/** A port that something in the workspace listens on. */
export interface ListeningPort {
  readonly port: number;
  /** `tcp`, … */
  readonly network: string;
  /** Of the program that listens, where that is known. */
  readonly process: string;
}

/** A connection to a port inside: bytes both ways. Closing `writable`, or canceling `readable`, ends it. */
export interface PortConnection extends AsyncDisposable {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

/** What the ports of a workspace need to be asked. */
export interface PortMeans extends Ground {
  /** As they are now. @throws ChoiceError where there is no agent */
  readonly now: () => { readonly workspace: Workspace; readonly agent: WorkspaceAgent };
}

/** How often it is asked whether somebody listens. */
const lookMs = 250;
const longestWaitMs = 60_000;

/** The ports of a workspace: who listens, and the ways to reach them. */
export class WorkspacePorts {
  readonly #means: PortMeans;

  /** Those of a workspace are its `ports`. */
  constructor(means: PortMeans) {
    this.#means = means;
  }

  /** Those that something listens on; of the system and of the agent itself they are left out. @throws ApiError */
  async list(options: { readonly signal?: AbortSignal } = {}): Promise<ListeningPort[]> {
    const params = { workspaceagent: this.#means.now().agent.id };
    const { ports } = await this.#means.client.call(listListeningPorts, { params, ...options });
    return ports.map(({ port, network, process_name: process }) => ({ port, network, process }));
  }

  /** Waits until something listens on the port, a minute unless told. @throws ApiError; a `TimeoutError`; the signal's reason */
  async waitFor(port: number, options: WaitOptions = {}): Promise<ListeningPort> {
    const limits = { timeoutMs: longestWaitMs, ...options };
    return await within(this.#means, limits, `port ${port}`, async ({ clock, signal }) => {
      for (;;) {
        const found = (await this.list({ signal })).find((it) => it.port === port);
        if (found !== undefined) return found;
        await clock.sleep(lookMs, { signal, tag: "listening port" });
      }
    });
  }

  /** Connects to a TCP port inside. @throws ApiError `dial_refused` where nobody listens, …; the signal's reason */
  async connect(port: number, { signal }: { readonly signal?: AbortSignal } = {}): Promise<PortConnection> {
    const { client } = this.#means;
    const params = { workspaceagent: this.#means.now().agent.id };
    const query = { port, wait: "ready" } as const;
    const { socket, messages } = await openSocket(this.#means, client.urlOf(dial, { params, query }, "ws"), {
      signal,
      explain: async () => await client.request(dial, { params, query }),
    });
    const toBytes = new TransformStream<unknown, Uint8Array>({
      transform(data, controller) {
        if (data instanceof ArrayBuffer) controller.enqueue(new Uint8Array(data));
      },
    });
    return {
      readable: messages.pipeThrough(toBytes),
      writable: new WritableStream<Uint8Array>({
        write: (bytes) => socket.send(bytes.slice()),
        close: () => socket.close(1000),
        abort: () => socket.close(1000),
      }),
      async [Symbol.asyncDispose]() {
        socket.close(1000);
        await Promise.resolve();
      },
    };
  }

  /**
   * The address of a port in a browser, for whoever is logged in.
   * @throws SetupError where the server gives ports no addresses (it has no wildcard host)
   */
  async url(port: number, options: { readonly signal?: AbortSignal } = {}): Promise<string> {
    const { host } = await this.#means.client.call(getAppHost, options);
    if (host === "") {
      throw new SetupError(
        "This server gives ports no addresses, as it has no wildcard host: use ports.connect, or forward the port.",
      );
    }
    const { workspace, agent } = this.#means.now();
    const name = [port, agent.name, workspace.name, workspace.owner_name].join("--");
    return `${new URL(this.#means.client.url).protocol}//${host.replace("*", name)}`;
  }
}
