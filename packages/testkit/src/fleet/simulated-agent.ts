import { get, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocket } from "ws";
import { backoffMs, systemClock, type Clock } from "@hearth/base";
import {
  acceptDials,
  acceptPush,
  agentConnectUrl,
  agentPorts,
  createAgentClient,
  createTailnetClient,
  DialRefused,
  durationMs,
  maxMessageBytes,
  sessionTokenHeader,
  timestampFromMs,
  webSocketStream,
  YamuxSession,
  type AgentClient,
} from "@hearth/wire";
import { Lifecycle_State, type Manifest, type UpdateStatsResponse } from "@hearth/wire/agent-proto";

export interface SimulatedAgentOptions {
  /** `http://127.0.0.1:7080` */
  readonly serverUrl: string;
  readonly token: string;
  readonly clock?: Clock;
  /** Connects again, with backoff and jitter, until disposed. @default true */
  readonly reconnects?: boolean;
  /** Reports that it starts and is ready. False leaves that to the test. @default true */
  readonly reportsReady?: boolean;
  /** Listens for a claim, as agents of prebuilds do: then it reads its manifest again and reports that it is ready. @default false */
  readonly awaitsClaim?: boolean;
  /**
   * Takes manifests that the server pushes, as our own agents do: then it need not ask for them, nor listen for a claim.
   * `by hand`: `onDial` does. @default false
   */
  readonly takesPushes?: boolean | "by hand";
  /** Reports its use as often as the server says, as real ones do. @default false */
  readonly reportsStats?: boolean;
  /** Opens the tunnel's two streams, as unmodified agents do. @default false */
  readonly hasTunnel?: boolean;
  /** Takes the connections that the server dials. @default an echo */
  readonly onDial?: (port: number, connection: Duplex) => void;
  /** Refuses every dial, as if nothing listened. @default false */
  readonly refusesDials?: boolean;
  /** The first wait of a reconnect, for storms. @default 100 to 10 000 ms */
  readonly backoff?: { baseMs: number; maxMs: number };
}

/** The server said no. 401 may change, as long as the build's job goes on. */
export class ConnectionRefused extends Error {
  override readonly name = "ConnectionRefused";
  readonly status: number;

  constructor(status: number, body: string) {
    super(`The server refused the agent with ${status}: ${body}`);
    this.status = status;
  }
}

const pushWithinMs = 10_000;
const defaultBackoff = { baseMs: 100, maxMs: 10_000 };

/**
 * An agent without a workspace: it says on the wire what a real one says, and costs a few kilobytes. Thousands fit into
 * one process.
 */
export class SimulatedAgent implements AsyncDisposable {
  /** What the server told last. */
  manifest: Manifest | undefined;
  client: AgentClient | undefined;
  session: YamuxSession | undefined;
  /** How often it connected. */
  connections = 0;
  readonly #options: SimulatedAgentOptions;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  readonly #ready = Promise.withResolvers<void>();
  readonly #claimed = Promise.withResolvers<void>();
  readonly #running: Promise<unknown>;
  /** The first manifest of a connection, pushed. */
  #told = Promise.withResolvers<Manifest>();

  /** Begins to connect; see {@link ready}. */
  constructor(options: SimulatedAgentOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#ready.promise.catch(() => undefined); // whoever waits for it is told
    this.#claimed.promise.catch(() => undefined); // the same
    const claims = options.awaitsClaim === true ? this.#awaitClaim().catch(this.#claimed.reject) : undefined;
    this.#running = Promise.all([this.#run(), claims]);
  }

  /** Resolves once it has connected and made its first calls. @throws ConnectionRefused when it does not reconnect */
  static async connect(options: SimulatedAgentOptions): Promise<SimulatedAgent> {
    const agent = new SimulatedAgent(options);
    await agent.ready;
    return agent;
  }

  /** What it proves itself with. */
  get token(): string {
    return this.#options.token;
  }

  /** Its first calls were answered; with `reportsReady`, the server knows that it is ready. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** A claim was heard of, and its work is done. */
  get claimed(): Promise<void> {
    return this.#claimed.promise;
  }

  /** Cuts the connection without a word. */
  cut(): void {
    this.session?.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.session?.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const { reconnects = true, backoff = defaultBackoff } = this.#options;
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        const session = await this.#connect();
        attempt = 0;
        await Promise.race([this.#begin(session), failedWith(session)]);
        this.#ready.resolve();
        await session.closed;
      } catch (error) {
        this.session?.destroy(); // a call failed: what is left of the connection is of no use
        if (!reconnects) this.#ready.reject(error);
      }
      if (!reconnects || signal.aborted) break;
      await this.#clock
        .sleep(backoffMs(backoff, attempt + 1), { signal, tag: "simulated-agent" })
        .catch(() => undefined); // stopped
    }
    this.#ready.reject(new Error("the simulated agent was stopped"));
  }

  async #connect(): Promise<YamuxSession> {
    const { serverUrl, token, takesPushes = false, onDial = echo } = this.#options;
    this.#told = Promise.withResolvers();
    const socket = new WebSocket(agentConnectUrl(serverUrl, { takesPushes: takesPushes !== false }), {
      headers: { [sessionTokenHeader]: token },
      perMessageDeflate: false,
      maxPayload: maxMessageBytes,
    });
    const stream = webSocketStream(socket); // before it is open, so that no byte can be missed
    stream.on("error", () => undefined); // told by the socket, or to the session
    await opened(socket);
    this.connections++;
    const session = new YamuxSession(stream, { role: "client", clock: this.#clock });
    if (this.#stop.signal.aborted) await session.close();
    this.session = session;
    this.client = createAgentClient(session, { clock: this.#clock });
    // Resolves with the session.
    void acceptDials(session, async ({ port }) => this.#connectDial(port, onDial), { clock: this.#clock });
    return session;
  }

  #connectDial(port: number, onDial: (port: number, connection: Duplex) => void): (connection: Duplex) => void {
    if (this.#options.refusesDials === true) throw new DialRefused("refused", `Nothing listens on port ${port}.`);
    if (port === agentPorts.push && this.#options.takesPushes === true)
      return (stream) => void this.#acceptPush(stream);
    return (connection) => onDial(port, connection);
  }

  async #acceptPush(stream: Duplex): Promise<void> {
    const take = async (manifest: Manifest) => {
      const isClaim = this.manifest !== undefined && manifest.claimCount > this.manifest.claimCount;
      this.#told.resolve(manifest);
      if (isClaim) {
        this.manifest = manifest;
        void this.#endClaim().catch(() => undefined); // the session is over
      }
      await Promise.resolve();
    };
    await acceptPush(stream, take, { deadlineMs: pushWithinMs, clock: this.#clock });
  }

  async #endClaim(): Promise<void> {
    await this.report(Lifecycle_State.READY);
    this.#claimed.resolve();
  }

  async #begin(session: YamuxSession): Promise<void> {
    const client = this.#client();
    const [manifest] = await Promise.all([
      this.#options.takesPushes === true ? this.#told.promise : client.getManifest({}),
      client.getAnnouncementBanners({}),
      client.getResourcesMonitoringConfiguration({}),
      client.pushContextState({ version: 1n, initial: true }),
    ]);
    const isReconnect = this.manifest !== undefined;
    this.manifest = manifest;
    await client.updateStartup({ startup: { version: "v0.0.0-simulated", expandedDirectory: manifest.directory } });
    if (this.#options.hasTunnel === true) this.#openTunnel(session);
    const { reportInterval } = await client.updateStats({});
    if (this.#options.reportsStats === true) void this.#reportStats(session, client, reportInterval);
    if (isReconnect || this.#options.reportsReady === false) return;
    await this.report(Lifecycle_State.STARTING);
    await this.report(Lifecycle_State.READY);
  }

  /** At once, then once an interval, for as long as the session lasts: that nobody is connected to it. */
  async #reportStats(
    session: YamuxSession,
    client: AgentClient,
    interval: UpdateStatsResponse["reportInterval"],
  ): Promise<void> {
    const over = new AbortController();
    void session.closed.then(() => over.abort());
    const intervalMs = interval === undefined ? 0 : durationMs(interval);
    try {
      for (;;) {
        await client.updateStats({ stats: { connectionMedianLatencyMs: -0.001 } });
        if (intervalMs === 0) return;
        await this.#clock.sleep(intervalMs, { signal: over.signal, tag: "simulated-agent-stats" });
      }
    } catch {
      // The session ended.
    }
  }

  /** Reports a state of its life. */
  async report(state: Lifecycle_State): Promise<void> {
    await this.#client().updateLifecycle({ lifecycle: { state, changedAt: timestampFromMs(this.#clock.now()) } });
  }

  #client(): AgentClient {
    if (this.client === undefined) throw new Error("the simulated agent is not connected");
    return this.client;
  }

  #openTunnel(session: YamuxSession): void {
    const tailnet = createTailnetClient(session, { clock: this.#clock });
    const maps = tailnet.streamDERPMaps({});
    const coordinate = tailnet.coordinate();
    void drain(maps.messages);
    void drain(coordinate.messages);
  }

  /** Asks until it is told: 409 ends it for good, everything else is tried again. @see spec/prebuilds.md §16.2 */
  async #awaitClaim(): Promise<void> {
    const { signal } = this.#stop;
    for (let attempt = 1; !signal.aborted; attempt++) {
      const outcome = await this.#askForClaim().catch(() => "failed" as const); // tried again
      if (outcome === "refused") return;
      if (outcome === "claimed") {
        await this.#ready.promise;
        this.manifest = await this.#client().getManifest({});
        await this.#endClaim();
        return;
      }
      await this.#clock
        .sleep(backoffMs(defaultBackoff, attempt), { signal, tag: "simulated-agent" })
        .catch(() => undefined); // stopped
    }
  }

  async #askForClaim(): Promise<"claimed" | "refused" | "failed"> {
    const { serverUrl, token } = this.#options;
    const { signal } = this.#stop;
    const url = new URL("/api/v2/workspaceagents/me/reinit?wait=true", serverUrl);
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    // A connection of its own each: an agent that waits would hold the others of a pool up.
    get(url, { headers: { [sessionTokenHeader]: token }, agent: false, signal }, resolve).on("error", reject);
    const response = await promise;
    if (response.statusCode === 409) {
      response.resume();
      return "refused";
    }
    let text = "";
    for await (const chunk of response as AsyncIterable<Buffer>) {
      text += chunk.toString("utf8");
      if (response.statusCode === 200 && text.includes("event: data")) {
        response.destroy();
        return "claimed";
      }
    }
    return "failed";
  }
}

function echo(_port: number, connection: Duplex): void {
  connection.pipe(connection);
}

async function drain(messages: AsyncIterable<unknown>): Promise<void> {
  try {
    for await (const message of messages) void message;
  } catch {
    // The session ended, and with it the stream.
  }
}

/** Resolves when the socket is open. @throws ConnectionRefused */
function opened(socket: WebSocket): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once("open", resolve);
  socket.on("error", reject);
  socket.once("unexpected-response", (_request, response: IncomingMessage) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.once("end", () => {
      socket.terminate();
      reject(new ConnectionRefused(response.statusCode ?? 0, Buffer.concat(chunks).toString("utf8")));
    });
  });
  return promise;
}

/** Rejects when the session ends: what it was to tell does not come any more. */
async function failedWith(session: YamuxSession): Promise<never> {
  await session.closed;
  throw new Error("the session ended");
}
