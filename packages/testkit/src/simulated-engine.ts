import type { Engine } from "@hearth/provisioner";
import { SimulatedAgent, type SimulatedAgentOptions } from "./simulated-agent.ts";

/**
 * An engine whose workspaces are agents inside this process: for tests of what is around them, and of many at once. It
 * keeps an engine's promises, but for surviving the process.
 */
export function simulatedEngine({
  takesPushes = true,
  ...agentOptions
}: Pick<SimulatedAgentOptions, "onDial" | "takesPushes"> = {}): Engine & {
  readonly agents: ReadonlyMap<string, readonly SimulatedAgent[]>;
} {
  const agents = new Map<string, SimulatedAgent[]>();
  const end = async (id: string) => {
    const own = agents.get(id) ?? [];
    agents.delete(id);
    await Promise.all(own.map((agent) => agent[Symbol.asyncDispose]()));
  };
  return {
    name: "process",
    facts: { claimTouchesInfrastructure: false, livesOnHost: true },
    host: {
      held: async () => await Promise.resolve([...agents.keys()]),
      resume: async () => await Promise.resolve({ adopted: [], restarted: [], failed: [] }),
      onIncident: () => ({ [Symbol.dispose]: () => undefined }),
      async shutdownAgents() {
        await Promise.all([...agents.keys()].map(end));
      },
      async sweepOrphan(id, { isStill }) {
        if (!(await isStill())) return false;
        await end(id);
        return true;
      },
    },
    agents,
    checkAvailability: async () => await Promise.resolve({ available: true, warnings: [] }),
    settingWarnings: () => [],
    plan: () => [],
    async apply(request) {
      const { id } = request.workspace;
      const isClaim = request.transition === "start" && request.stage === "claim";
      if (!isClaim) await end(id);
      if (request.transition === "start" && !isClaim) {
        agents.set(
          id,
          request.agents.map(
            (agent) =>
              new SimulatedAgent({
                ...agentOptions,
                serverUrl: request.accessUrl,
                token: agent.token ?? "",
                takesPushes,
                // As agents that take none.
                awaitsClaim: takesPushes === false,
              }),
          ),
        );
      }
      return {
        state: { engine: "process", workspaceId: id },
        agents: request.transition === "start" ? request.agents : [],
        identityOnlyClaim: isClaim,
        metadata: [],
        timings: [],
      };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...agents.keys()].map(end));
    },
  };
}
