import { join } from "node:path";
import type { Duplex } from "node:stream";
import { onAbort, once, untilAborted, withTimeout } from "@hearth/base";
import { acceptDial, acceptPush, YamuxSession } from "@hearth/wire";
import { Connection_Type, Lifecycle_State as State, type Manifest } from "@hearth/wire/agent-proto";
import type { AgentOptions } from "#agent-options.ts";
import { HttpApi } from "#api/http-api.ts";
import { Commands } from "#commands/commands.ts";
import { processRoutes } from "#commands/process-routes.ts";
import { rehearseCommand } from "#commands/rehearse.ts";
import { commandsUpgrade } from "#commands/serve-commands.ts";
import { ConnectionReports } from "#connections/connection-reports.ts";
import type { Host } from "#environment/environment.ts";
import { createGreeting } from "#greeting/greeting.ts";
import { Lifecycle } from "#lifecycle/lifecycle.ts";
import { LogQueue } from "#logs/log-queue.ts";
import { Metadata } from "#metadata/metadata.ts";
import { createDialHandler } from "#ports/dial-handler.ts";
import { ListeningPorts } from "#ports/listening-ports.ts";
import { portRoutes } from "#ports/port-routes.ts";
import { Processes } from "#processes/processes.ts";
import { listenForClaim } from "#reinit/listen-for-claim.ts";
import { TimingQueue } from "#scripts/report-timings.ts";
import { connectToServer, type Connection } from "#session/connect.ts";
import { createOpenStream } from "#session/http.ts";
import { runSessions } from "#session/run-sessions.ts";
import { AgentConversation } from "#session/serve.ts";
import type { SessionType } from "#ssh/services.ts";
import { SshService } from "#ssh/ssh-service.ts";
import { Usage } from "#stats/usage.ts";
import { Terminals } from "#terminal/terminals.ts";
import { waitUntil } from "#wait/wait-until.ts";
import { StartWork } from "#workspace/start-work.ts";
import { Workspace } from "#workspace/workspace.ts";

/** How long what is left to say may take at the end. */
const flushTimeoutMs = 5000;
/** How long the server may take for a manifest that it has begun to tell. */
const pushWithinMs = 10_000;
/** How long the server may take to answer the close of the last session. */
const closeTimeoutMs = 1000;
/** Who waited for a workspace connects at once: their connection goes first, and needs no rehearsal. */
const rehearseAfterMs = 500;

const connectionTypes: Readonly<Record<SessionType, Connection_Type>> = {
  ssh: Connection_Type.SSH,
  unknown: Connection_Type.SSH,
  vscode: Connection_Type.VSCODE,
  jetbrains: Connection_Type.JETBRAINS,
};

/**
 * The daemon inside a workspace: keeps a session with the control plane, does what its manifest says, and serves those
 * whom the server lets in.
 *
 * What people see of a workspace (processes, terminals, states, lines of logs) belongs to the agent, not to a session:
 * sessions come and go, and a claim changes only whose workspace it is.
 */
export class Agent {
  readonly #options: AgentOptions;
  readonly #processes: Processes;
  readonly #workspace: Workspace;
  readonly #lifecycle: Lifecycle;
  readonly #logs = new LogQueue();
  readonly #timings = new TimingQueue();
  readonly #usage = new Usage();
  readonly #reports: ConnectionReports;
  readonly #metadata: Metadata;
  readonly #work: StartWork;
  readonly #ssh: SshService;
  readonly #terminals: Terminals;
  readonly #commands: Commands;
  readonly #http: HttpApi;
  readonly #dial: ReturnType<typeof createDialHandler>;
  readonly #stopping = new AbortController();
  #yamux: YamuxSession | undefined;
  #conversation: AgentConversation | undefined;
  #listening: Promise<void> | undefined;

  constructor(options: AgentOptions) {
    const { clock, log, home, runDirectory, logDirectory, loadPty, policy } = options;
    const host: Host = { ...options, binDirectory: join(runDirectory, "bin") };
    this.#options = options;
    this.#processes = new Processes({ directory: runDirectory, clock, log, loadPty });
    this.#workspace = new Workspace(host, { log });
    this.#lifecycle = new Lifecycle({ clock, log });
    this.#reports = new ConnectionReports({ clock, log });
    const running = { processes: this.#processes, surroundings: this.#workspace.surroundings, clock, log };
    this.#metadata = new Metadata(running);
    const directories = { logs: logDirectory, data: join(runDirectory, "scripts"), bin: host.binDirectory };
    this.#work = new StartWork({
      workspace: this.#workspace,
      lifecycle: this.#lifecycle,
      logs: this.#logs,
      timings: this.#timings,
      scripts: { ...running, logs: this.#logs, onTiming: (timing) => this.#timings.push(timing), directories, home },
      log,
    });
    const client = (): AgentConversation["client"] | undefined => this.#conversation?.client;
    const greeting = createGreeting({ workspace: this.#workspace, client, home, clock, log });
    const onSession = (type: SessionType): ReturnType<ConnectionReports["connected"]> => {
      const leave = this.#usage.addSession(type);
      const report = this.#reports.connected(connectionTypes[type]);
      return (exit) => {
        leave();
        report(exit);
      };
    };
    const sshServices = { ...running, directory: runDirectory, greeting, onSession, policy };
    this.#ssh = new SshService(sshServices, { workspace: this.#workspace, log });
    this.#terminals = new Terminals({ ...running, onClient: () => this.#onTerminalClient() });
    this.#commands = new Commands({
      ...running,
      known: (signal) => this.#workspace.known(signal),
      usable: (signal) => this.#work.usable(signal),
      directory: runDirectory,
      userName: options.userName,
      blocksFileTransfer: policy.blocksFileTransfer,
    });
    const v0 = { commands: this.#commands, clock };
    const files = { ...running, blocksFileTransfer: policy.blocksFileTransfer };
    this.#http = new HttpApi({
      routes: [...portRoutes(new ListeningPorts({ clock })), ...processRoutes(this.#commands)],
      late: [
        { below: "/api/v1/files", load: once(async () => (await import("#files/file-routes.ts")).fileRoutes(files)) },
        { below: "/api/v0/", load: once(async () => (await import("#v0/v0-routes.ts")).v0Routes(v0)) },
      ],
      upgrades: commandsUpgrade({ commands: this.#commands, onSession: () => this.#usage.addCommand("ssh"), log }),
      onUse: () => this.#usage.addCommand("unknown"),
      clock,
      log,
    });
    this.#dial = createDialHandler({
      ssh: (signal) => this.#ssh.server(signal),
      terminals: async (signal) => {
        await this.#workspace.known(signal);
        return this.#terminals;
      },
      http: this.#http,
      pushes: { accept: (stream) => void this.#acceptPush(stream) },
      onConnection: (port, connection) => {
        // The server's own: what somebody does over it is counted by itself.
        if (port === 4) this.#usage.countTraffic(connection);
        else this.#usage.addConnection(nameOfPort(port), connection);
      },
      clock,
    });
  }

  /** Runs until the signal aborts, then shuts down in order. Resolves when everything it started has ended. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log, serverUrl, token, random = Math.random } = this.#options;
    const over = new AbortController();
    const sessions = runSessions({
      connect: (until) => connectToServer({ serverUrl, token }, { clock, signal: until }),
      serve: (connection) => this.#serve(connection),
      onIdle: () => this.#prepare(),
      clock,
      signal: over.signal,
      log,
      random,
    });
    await untilAborted(signal).catch(() => undefined);
    await this.#shutDown();
    over.abort(new Error("The agent has shut down."));
    await this.#hangUp();
    await Promise.all([sessions, this.#listening]);
    this.#processes[Symbol.dispose]();
  }

  async #serve({ stream: transport, isPushed }: Connection): Promise<void> {
    const { clock, log, version } = this.#options;
    const yamux = new YamuxSession(transport, {
      role: "client",
      clock,
      log,
      onStream: (stream) => void acceptDial(stream, this.#dial, { clock, log }),
    });
    const conversation = new AgentConversation(yamux, {
      workspace: this.#workspace,
      work: this.#work,
      lifecycle: this.#lifecycle,
      logs: this.#logs,
      timings: this.#timings,
      metadata: this.#metadata,
      usage: this.#usage,
      reports: this.#reports,
      version: `v${version}`,
      isPushed,
      onSaid: () => this.#prepare(),
      onReported: () => void this.#rehearse(),
      clock,
      log,
      stopping: this.#stopping.signal,
    });
    this.#yamux = yamux;
    this.#conversation = conversation;
    // A server that pushes tells of a claim by its manifest, and tries again until that is taken.
    if (!isPushed) this.#listening ??= this.#listenForClaim();
    await conversation.run();
    this.#yamux = undefined;
    this.#conversation = undefined;
  }

  async #acceptPush(stream: Duplex): Promise<void> {
    const conversation = this.#conversation;
    const take = async (manifest: Manifest): Promise<void> => {
      if (!conversation) throw new Error("the session is over");
      await conversation.takePushed(manifest);
    };
    await acceptPush(stream, take, { deadlineMs: pushWithinMs, clock: this.#options.clock });
  }

  /** What takes long and can wait until there is nothing better to do. */
  #prepare(): void {
    void this.#processes.prepare();
    this.#ssh.preload();
  }

  /** Once, a moment after the workspace is ready: most warm workspaces wait for somebody, and then it counts. */
  readonly #rehearse = once(async (): Promise<void> => {
    const { signal } = this.#stopping;
    try {
      await this.#options.clock.sleep(rehearseAfterMs, { signal, tag: "rehearsal" });
    } catch {
      return; // stopping
    }
    await rehearseCommand(this.#commands.options);
    await this.#ssh.rehearse(signal);
  });

  async #listenForClaim(): Promise<void> {
    const { clock, log, serverUrl, token } = this.#options;
    const { signal } = this.#stopping;
    try {
      const { claimCount } = await this.#workspace.known(signal);
      if (claimCount > 0) return; // it happens once
    } catch {
      return; // stopped before there was a manifest
    }
    await listenForClaim({
      open: createOpenStream({ serverUrl, token }),
      // Without a session the next one sees the claim in its manifest; the listener asks again until that is so.
      onClaim: async (event) => (await this.#conversation?.onClaim(event)) ?? false,
      clock,
      signal,
      log,
    });
  }

  /** @see agents §18.4 */
  async #shutDown(): Promise<void> {
    const { clock, log } = this.#options;
    log.info({}, "shutting down");
    this.#lifecycle.set(State.SHUTTING_DOWN);
    this.#ssh.close();
    this.#stopping.abort(new Error("The agent is shutting down."));
    await this.#work.stop();
    this.#terminals.close();
    this.#commands.close();
    this.#http.close();
    this.#logs.flushAll();
    const bells = [this.#lifecycle.changed, this.#logs.changed, this.#timings.changed];
    const isSaid = (): boolean => !this.#lifecycle.unreported() && this.#logs.isEmpty && this.#timings.isEmpty;
    try {
      const limit = { ms: flushTimeoutMs, clock, tag: "last reports" };
      await withTimeout((signal) => waitUntil(isSaid, bells, signal), limit);
    } catch (error) {
      log.warn({ err: error }, "not everything could be reported before the end");
    }
  }

  /** Ends the session in order, or cuts it when the server does not answer. */
  async #hangUp(): Promise<void> {
    const yamux = this.#yamux;
    if (!yamux) return;
    using deadline = this.#options.clock.timeout(closeTimeoutMs, { tag: "session close" });
    using _late = onAbort(deadline.signal, () => yamux.destroy());
    await yamux.close();
  }

  #onTerminalClient(): () => void {
    const leave = this.#usage.addSession("reconnecting_pty");
    const report = this.#reports.connected(Connection_Type.RECONNECTING_PTY);
    return () => {
      leave();
      report();
    };
  }
}

function nameOfPort(port: number): string {
  if (port === 1 || port === 22) return "ssh";
  return port === 2 ? "reconnecting_pty" : "tcp";
}
