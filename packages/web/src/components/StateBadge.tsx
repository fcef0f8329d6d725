import type { Workspace, WorkspaceAgent } from "@hearth/sdk";
import { Badge } from "../ui/Badge.tsx";
import { agentWords, stateSince, stateWords } from "../words/workspace-words.ts";
import { Age } from "./Age.tsx";

/** The workspace's state and how long it has lasted. */
export function StateBadge({ workspace }: { workspace: Workspace }) {
  const { word, tone, isMoving } = stateWords(workspace);
  return (
    <span className="inline-flex items-center gap-2">
      <Badge tone={tone} isMoving={isMoving}>
        {word}
      </Badge>
      <span className="text-sm text-muted">
        <Age at={stateSince(workspace)} />
      </span>
    </span>
  );
}

export function AgentBadge({ agent }: { agent: WorkspaceAgent }) {
  const { word, tone, isMoving } = agentWords(agent);
  return (
    <Badge tone={tone} isMoving={isMoving}>
      {word}
    </Badge>
  );
}
