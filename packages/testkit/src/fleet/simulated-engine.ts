import type { Engine } from "@hearth/provisioner";
import { SimulatedAgent, type SimulatedAgentOptions } from "./simulated-agent.ts";

/** Where simulated agents live, by workspace. */
export interface AgentHome {
  /** Begins to connect agents with these tokens. */
  begin(workspaceId: string, agents: { readonly serverUrl: string; readonly tokens: readonly string[] }): Promise<void>;
  /** Ends those of a workspace; nothing where there are none. */
  end(workspaceId: string): Promise<void>;
  held(): Promise<readonly string[]>;
  /** The server stops. */
  leave(): Promise<void>;
}

/** An engine whose workspaces are nothing but simulated agents. It keeps an engine's promises as far as their home does. */
export function engineOf(home: AgentHome): Engine {
  return {
    name: "process",
    facts: { claimTouchesInfrastructure: false, livesOnHost: true },
    host: {
      held: () => home.held(),
      async resume(workspaceIds) {
        const held = new Set(await home.held());
        return { adopted: workspaceIds.filter((id) => held.has(id)), restarted: [], failed: [] };
      },
      onIncident: () => ({ [Symbol.dispose]: () => undefined }),
      shutdownAgents: () => home.leave(),
      async sweepOrphan(id, { isStill }) {
        if (!(await isStill())) return false;
        await home.end(id);
        return true;
      },
    },
    checkAvailability: async () => await Promise.resolve({ available: true, warnings: [] }),
    settingWarnings: () => [],
    plan: () => [],
    async apply(request) {
      const { id } = request.workspace;
      const isClaim = request.transition === "start" && request.stage === "claim";
      if (!isClaim) await home.end(id);
      if (request.transition === "start" && !isClaim) {
        const tokens = request.agents.map((agent) => agent.token ?? "");
        await home.begin(id, { serverUrl: request.accessUrl, tokens });
      }
      return {
        state: { engine: "process", workspaceId: id },
        agents: request.transition === "start" ? request.agents : [],
        identityOnlyClaim: isClaim,
        metadata: [],
        timings: [],
      };
    },
    [Symbol.asyncDispose]: () => home.leave(),
  };
}

/**
 * An engine whose agents are inside this process: for tests of what is around them. They do not outlive it.
 */
export function simulatedEngine(
  options: Pick<SimulatedAgentOptions, "onDial" | "takesPushes"> = {},
): Engine & { readonly agents: ReadonlyMap<string, readonly SimulatedAgent[]> } {
  const home = new LocalHome(options);
  return { ...engineOf(home), agents: home.agents };
}

/** Simulated agents of this process. */
export class LocalHome implements AgentHome {
  readonly agents = new Map<string, SimulatedAgent[]>();
  readonly #options: Omit<SimulatedAgentOptions, "serverUrl" | "token">;

  constructor({ takesPushes = true, ...options }: Omit<SimulatedAgentOptions, "serverUrl" | "token" | "awaitsClaim">) {
    // As agents that take no pushes hear of a claim.
    this.#options = { ...options, takesPushes, awaitsClaim: takesPushes === false };
  }

  async begin(workspaceId: string, agents: { serverUrl: string; tokens: readonly string[] }): Promise<void> {
    const { serverUrl, tokens } = agents;
    await this.end(workspaceId);
    this.agents.set(
      workspaceId,
      tokens.map((token) => new SimulatedAgent({ ...this.#options, serverUrl, token })),
    );
  }

  async end(workspaceId: string): Promise<void> {
    const own = this.agents.get(workspaceId) ?? [];
    this.agents.delete(workspaceId);
    await Promise.all(own.map((agent) => agent[Symbol.asyncDispose]()));
  }

  async held(): Promise<readonly string[]> {
    return await Promise.resolve([...this.agents.keys()]);
  }

  async leave(): Promise<void> {
    await Promise.all([...this.agents.keys()].map((id) => this.end(id)));
  }
}
