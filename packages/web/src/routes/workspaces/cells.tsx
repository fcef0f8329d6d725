import type { Workspace } from "@hearth/sdk";
import { AgentBadge } from "../../components/StateBadge.tsx";
import { Age, Until } from "../../components/Age.tsx";
import { agentsOf, stopsAt } from "../../words/workspace-words.ts";

/** The first agent's state, and how many more there are. */
export function AgentSummary({ workspace }: { workspace: Workspace }) {
  const [first, ...others] = agentsOf(workspace);
  if (!first || workspace.latest_build.status === "stopped") return <span className="text-muted">–</span>;
  return (
    <span className="inline-flex items-center gap-1.5">
      <AgentBadge agent={first} />
      {others.length > 0 && <span className="text-sm text-muted">+{others.length}</span>}
    </span>
  );
}

export function LastUsed({ workspace }: { workspace: Workspace }) {
  const at = Date.parse(workspace.last_used_at);
  return at > 0 ? <Age at={at} suffix=" ago" /> : <span>never</span>;
}

export function StopsIn({ workspace }: { workspace: Workspace }) {
  const at = stopsAt(workspace);
  return at === undefined ? <span>–</span> : <Until at={at} />;
}
