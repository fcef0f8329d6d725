import type { Workspace, WorkspaceAgent } from "@hearth/sdk";
import { StartStopButton } from "../../components/StartStopButton.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import { agentsOf, terminalAnswer } from "../../words/workspace-words.ts";
import { TerminalTabs } from "./TerminalTabs.tsx";
import { useState, type ReactNode } from "react";

interface TerminalPanelProps {
  workspace: Workspace;
  /** The agent's name; the first one when left out. */
  agentName?: string | undefined;
  /** Stands before the tabs. */
  start?: ReactNode;
}

/** The terminals of an agent; while there is none to be had, why, and the way there. */
export function TerminalPanel({ workspace, agentName, start }: TerminalPanelProps) {
  const agents = agentsOf(workspace);
  const agent = agentName === undefined ? agents[0] : agents.find(({ name }) => name === agentName);
  const answer = terminalAnswer(workspace, agent);
  // Once open, a terminal stays as it is when the agent is away for a moment: its screen is worth keeping.
  const [opened, setOpened] = useState<WorkspaceAgent["id"]>();
  if (agent && answer.allowed && opened !== agent.id) setOpened(agent.id);
  const isRunning = workspace.latest_build.status === "running";
  if (agent && isRunning && (answer.allowed || opened === agent.id)) {
    return <TerminalTabs key={agent.id} workspace={workspace} agent={agent} start={start} />;
  }
  return (
    <div className="flex h-full flex-col bg-sunken">
      {start !== undefined && (
        <div className="flex h-10 items-center border-b border-line bg-surface px-2">{start}</div>
      )}
      <div className="flex grow flex-col items-center justify-center gap-3 p-4 text-center">
        <StateBadge workspace={workspace} />
        <p role="status">
          {answer.allowed || (agentName !== undefined && !agent && isRunning)
            ? `The workspace has no agent named ${agentName}.`
            : `${answer.reason} The terminal opens by itself when it can.`}
        </p>
        {!isRunning && <StartStopButton workspace={workspace} />}
      </div>
    </div>
  );
}
