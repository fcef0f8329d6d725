import type { WorkspaceAgent } from "@hearth/sdk";
import { LogView } from "../../components/LogView.tsx";

/** What the start-up scripts of each agent say. */
export function AgentLogs({ agents }: { agents: readonly WorkspaceAgent[] }) {
  if (agents.length === 0) {
    return <p className="px-3 py-10 text-center text-muted">There is no agent until a build has started it.</p>;
  }
  return (
    <div className="divide-y divide-line">
      {agents.map((agent) => {
        const sources = new Map(agent.log_sources.map(({ id, display_name }) => [id, display_name]));
        return (
          <section key={agent.id}>
            {agents.length > 1 && <h2 className="px-3 py-2 font-medium">{agent.name}</h2>}
            <LogView
              source={{ kind: "agent", agentId: agent.id }}
              label={`Log of agent ${agent.name}`}
              emptyWords="The agent's scripts have said nothing."
              groupName={(source) => sources.get(source)}
            />
          </section>
        );
      })}
    </div>
  );
}
