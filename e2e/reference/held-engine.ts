import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { Duplex } from "node:stream";
import type { Engine, EngineHost } from "@hearth/provisioner";
import { SimulatedAgent } from "@hearth/testkit";
import { timestampFromMs } from "@hearth/wire";
import { Lifecycle_State } from "@hearth/wire/agent-proto";

/** What the recorded agents found listening around them. */
const ports = [{ process_name: "node", network: "tcp", port: 7081 }];

/** Says of every start script that it ran, and only then that the workspace is ready: who sees that, sees the runs. */
async function runScripts(agent: SimulatedAgent): Promise<void> {
  try {
    await agent.ready;
    await agent.report(Lifecycle_State.STARTING);
    const now = timestampFromMs(Date.now());
    for (const { id } of agent.manifest?.scripts ?? []) {
      await agent.client?.scriptCompleted({ timing: { scriptId: id, start: now, end: now } });
    }
    await agent.report(Lifecycle_State.READY);
  } catch {
    // The agent was ended, and with it what it had to say.
  }
}

/** What work waits at: open to begin with. */
class Gate {
  #opened: PromiseWithResolvers<void> | undefined;

  shut(): void {
    this.#opened ??= Promise.withResolvers();
  }

  open(): void {
    this.#opened?.resolve();
    this.#opened = undefined;
  }

  /** Resolves when it is open. Rejects when nobody needs that any more. */
  async passed(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#opened === undefined) return;
    await Promise.race([this.#opened.promise, once(signal, "abort")]);
    signal.throwIfAborted();
  }
}

/**
 * An engine that works when it is told to: a replay can look at a job while it runs, and at an agent before it connects,
 * as the recording did, and nothing races. Its workspaces are agents inside this process.
 */
export class HeldEngine implements Engine, EngineHost {
  readonly name = "process";
  readonly facts = { claimTouchesInfrastructure: false, livesOnHost: true };
  readonly host: EngineHost = this;
  readonly #work = new Gate();
  readonly #agents = new Map<string, SimulatedAgent[]>();
  /** What starts the agents of a workspace, until they may connect. */
  readonly #waiting = new Map<string, () => SimulatedAgent[]>();
  readonly #api: Server = createServer((_request, response) => response.end(JSON.stringify({ ports })));

  /** From now on jobs stay where they run, until {@link release}. */
  hold(): void {
    this.#work.shut();
  }

  release(): void {
    this.#work.open();
  }

  /** Lets the agents of everything that was started connect. */
  letAgentsConnect(): void {
    for (const [workspaceId, start] of this.#waiting) this.#agents.set(workspaceId, start());
    this.#waiting.clear();
  }

  async checkAvailability(signal: AbortSignal): ReturnType<Engine["checkAvailability"]> {
    await this.#work.passed(signal);
    return { available: true, warnings: [] };
  }

  settingWarnings(): readonly string[] {
    return [];
  }

  plan(): ReturnType<Engine["plan"]> {
    return [];
  }

  async apply(
    { workspace, transition, agents, accessUrl }: Parameters<Engine["apply"]>[0],
    { signal }: Parameters<Engine["apply"]>[1],
  ): ReturnType<Engine["apply"]> {
    await this.#work.passed(signal);
    await this.#end(workspace.id);
    if (transition === "start") {
      this.#waiting.set(workspace.id, () =>
        agents.map(({ token = "" }) => {
          const onDial = (_port: number, connection: Duplex) => void this.#api.emit("connection", connection);
          const agent = new SimulatedAgent({ serverUrl: accessUrl, token, reportsReady: false, onDial });
          void runScripts(agent);
          return agent;
        }),
      );
    }
    return {
      state: { engine: this.name, workspaceId: workspace.id },
      agents: transition === "start" ? agents : [],
      identityOnlyClaim: false,
      metadata: [],
      timings: [],
    };
  }

  async held(): Promise<readonly string[]> {
    return await Promise.resolve([...this.#agents.keys()]);
  }

  async resume(): ReturnType<EngineHost["resume"]> {
    return await Promise.resolve({ adopted: [], restarted: [], failed: [] });
  }

  onIncident(): Disposable {
    return { [Symbol.dispose]: () => undefined };
  }

  async shutdownAgents(): Promise<void> {
    await Promise.all([...this.#agents.keys()].map((id) => this.#end(id)));
  }

  async sweepOrphan(): Promise<boolean> {
    return await Promise.resolve(false);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdownAgents();
  }

  async #end(workspaceId: string): Promise<void> {
    this.#waiting.delete(workspaceId);
    const agents = this.#agents.get(workspaceId) ?? [];
    this.#agents.delete(workspaceId);
    await Promise.all(agents.map((agent) => agent[Symbol.asyncDispose]()));
  }
}
