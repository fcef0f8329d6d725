import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { systemClock, Wake } from "@hearth/base";
import {
  type AgentService,
  create,
  dial,
  durationFromMs,
  pushHeader,
  pushManifest,
  type MessageInitShape,
  type MessageShape,
  serveSession,
  timestampMs,
  uuidFromBytes,
  webSocketStream,
  YamuxSession,
} from "@hearth/wire";
import {
  type Lifecycle_State,
  type Log_Level,
  ManifestSchema,
  type StatsSchema,
  type Timing_Stage,
  type Timing_Status,
} from "@hearth/wire/agent-proto";
import { WebSocketServer } from "ws";

export type ManifestInit = Extract<MessageInitShape<typeof ManifestSchema>, { $typeName?: never }>;

/** What an agent has said, in the order it was said. */
export type Said =
  | { readonly call: "getManifest" }
  | { readonly call: "updateStartup"; readonly version: string; readonly directory: string }
  | { readonly call: "updateLifecycle"; readonly state: Lifecycle_State; readonly changedAtMs: number }
  | { readonly call: "batchCreateLogs"; readonly sourceId: string; readonly lines: readonly [Log_Level, string][] }
  | {
      readonly call: "scriptCompleted";
      readonly exitCode: number;
      readonly stage: Timing_Stage;
      readonly status: Timing_Status;
    }
  | { readonly call: "batchUpdateMetadata"; readonly values: Readonly<Record<string, string>> }
  | { readonly call: "updateStats"; readonly stats: MessageShape<typeof StatsSchema> | undefined }
  | { readonly call: "reportConnection"; readonly action: number; readonly type: number; readonly reason: string };

/** How the server answers an agent that wants in. */
export type Admission = "welcome" | { readonly status: number; readonly headers?: Record<string, string> };

/**
 * The server's end of the wire, for tests: a real HTTP server that speaks WebSocket, yamux, dRPC and server-sent events
 * as the control plane does, and remembers what agents said.
 */
export class ControlPlane implements AsyncDisposable {
  readonly said: Said[] = [];
  readonly url: string;
  /** Rings whenever something was said, or somebody came or left. */
  readonly changed = new Wake();
  manifest: ManifestInit;
  admission: () => Admission = () => "welcome";
  /** What waiting for a claim is answered with: a status, or a stream. */
  reinitStatus = 200;
  reportIntervalMs = 3_600_000;
  /** Says that it tells manifests by itself; with `never` it says so and does not. */
  pushes: "no" | "yes" | "never" = "no";
  /** Requests to come in, the refused ones included. */
  attempts = 0;
  /** How the last session ended: the close code of its WebSocket. */
  lastCloseCode: number | undefined;
  agent: Partial<AgentService> = {};
  readonly #http: Server;
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  readonly #reinits = new Set<ServerResponse>();
  #sessions: YamuxSession[] = [];
  #claim: string | undefined;

  private constructor(http: Server, url: string, manifest: ManifestInit) {
    this.#http = http;
    this.url = url;
    this.manifest = manifest;
    this.#sockets.on("headers", (lines) => {
      if (this.pushes !== "no") lines.push(`${pushHeader}: manifest`);
    });
    http.on("upgrade", (request, socket, head) => this.#onUpgrade(request, socket, head));
    http.on("request", (request, response) => this.#onRequest(request, response));
  }

  static async start(manifest: ManifestInit = {}, port = 0): Promise<ControlPlane> {
    const http = createServer();
    http.listen(port, "127.0.0.1");
    await once(http, "listening");
    const address = http.address();
    if (address === null || typeof address === "string") throw new Error("The server has no port.");
    return new ControlPlane(http, `http://127.0.0.1:${address.port}`, manifest);
  }

  /** The open sessions, oldest first. */
  get sessions(): readonly YamuxSession[] {
    return this.#sessions.filter((session) => !session.isOver);
  }

  /** Agents that wait for a claim. */
  get waiting(): number {
    return this.#reinits.size;
  }

  /** Resolves once `find` gives something for what was said so far. */
  async until<T>(find: (plane: ControlPlane) => T | undefined | false): Promise<T> {
    for (;;) {
      const found = find(this);
      if (found !== undefined && found !== false) return found;
      const { promise, resolve } = Promise.withResolvers<void>();
      using _bell = this.changed.subscribe(resolve);
      await promise;
    }
  }

  /** Resolves once the agent has said that it is in the state. */
  async state(state: Lifecycle_State): Promise<void> {
    await this.until(({ said }) => said.some((word) => word.call === "updateLifecycle" && word.state === state));
  }

  /** The states reported so far, in their order. */
  get states(): Lifecycle_State[] {
    return this.said.flatMap((word) => (word.call === "updateLifecycle" ? [word.state] : []));
  }

  /** All lines of all sources stored so far. */
  get lines(): string[] {
    return this.said.flatMap((word) => (word.call === "batchCreateLogs" ? word.lines.map(([, line]) => line) : []));
  }

  /** Opens a stream to a port of the agent's workspace. */
  async dial(port: number): Promise<Duplex> {
    const session = await this.until(({ sessions }) => sessions.at(-1));
    return await dial(session, { port, clock: systemClock });
  }

  /** Cuts every session, as a server does that dies. */
  cut(): void {
    for (const session of this.sessions) session.destroy();
  }

  /** Tells the newest session what the manifest is now. Resolves when the agent has taken it. */
  async push(): Promise<void> {
    const session = await this.until(({ sessions }) => sessions.at(-1));
    await pushManifest(session, this.manifest, { deadlineMs: 10_000, clock: systemClock });
  }

  /** Announces a claim to whoever waits for one, and to whoever asks later. */
  announceClaim(ownerId: string): void {
    const event = { workspace_id: "x", reason: "prebuild_claimed", owner_id: ownerId };
    this.#claim = `event: data\ndata: ${JSON.stringify(event)}\n\n`;
    for (const response of this.#reinits) response.end(this.#claim);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#sockets.close();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  #say(word: Said): void {
    this.said.push(word);
    this.changed.notify();
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    if (!request.url?.startsWith("/api/v2/workspaceagents/me/reinit") || this.reinitStatus !== 200) {
      response.writeHead(this.reinitStatus === 200 ? 404 : this.reinitStatus).end();
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("event: ping\n\n");
    if (this.#claim !== undefined) response.end(this.#claim);
    this.#reinits.add(response);
    response.once("close", () => {
      this.#reinits.delete(response);
      this.changed.notify();
    });
    this.changed.notify();
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.attempts++;
    const admission = this.admission();
    if (admission !== "welcome") {
      const headers = Object.entries(admission.headers ?? {}).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.end(`HTTP/1.1 ${admission.status} No\r\nContent-Length: 0\r\n${headers.join("")}\r\n`);
      this.changed.notify();
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.once("close", (code) => {
        this.lastCloseCode = code;
        this.changed.notify();
      });
      const session = new YamuxSession(webSocketStream(webSocket), { role: "server", clock: systemClock });
      this.#sessions.push(session);
      void session.closed.then(() => this.changed.notify());
      if (this.pushes === "yes") void this.push().catch(() => undefined); // the session ended
      void serveSession(session, { agent: { ...this.#answers(), ...this.agent } }, { clock: systemClock });
      this.changed.notify();
    });
  }

  #answers(): Partial<AgentService> {
    return {
      getManifest: async () => {
        this.#say({ call: "getManifest" });
        return create(ManifestSchema, this.manifest);
      },
      updateStartup: async ({ startup }) => {
        const { version = "", expandedDirectory: directory = "" } = startup ?? {};
        this.#say({ call: "updateStartup", version, directory });
        return startup ?? {};
      },
      updateLifecycle: async ({ lifecycle }) => {
        if (!lifecycle?.changedAt) throw new Error("No lifecycle, or no time.");
        const { state, changedAt } = lifecycle;
        this.#say({ call: "updateLifecycle", state, changedAtMs: timestampMs(changedAt) });
        return lifecycle;
      },
      batchCreateLogs: async ({ logSourceId, logs }) => {
        const lines = logs.map(({ level, output }): [Log_Level, string] => [level, output]);
        this.#say({ call: "batchCreateLogs", sourceId: uuidFromBytes(logSourceId), lines });
        return {};
      },
      scriptCompleted: async ({ timing }) => {
        if (!timing) throw new Error("No timing.");
        const { exitCode, stage, status } = timing;
        this.#say({ call: "scriptCompleted", exitCode, stage, status });
        return {};
      },
      batchUpdateMetadata: async ({ metadata }) => {
        const values = metadata.map(({ key, result }) => [
          key,
          `${result?.value ?? ""}${result?.error ? `!${result.error}` : ""}`,
        ]);
        this.#say({ call: "batchUpdateMetadata", values: Object.fromEntries(values) as Record<string, string> });
        return {};
      },
      updateStats: async ({ stats }) => {
        this.#say({ call: "updateStats", stats });
        return { reportInterval: durationFromMs(this.reportIntervalMs) };
      },
      reportConnection: async ({ connection }) => {
        const { action = 0, type = 0, reason = "" } = connection ?? {};
        this.#say({ call: "reportConnection", action, type, reason });
        return {};
      },
      getAnnouncementBanners: async () => ({ announcementBanners: [] }),
    };
  }
}
