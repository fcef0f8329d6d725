import type { Workspace } from "@hearth/sdk";
import { StartStopButton } from "../../components/StartStopButton.tsx";
import { TerminalLink } from "../../components/TerminalLink.tsx";
import { WorkspaceMenu } from "../../components/WorkspaceMenu.tsx";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { sshCommand } from "../../words/workspace-words.ts";

/** The next actions of a workspace, at the end of its row or card. */
export function RowActions({ workspace }: { workspace: Workspace }) {
  return (
    <div className="flex justify-end">
      <TerminalLink workspace={workspace} isSmall />
      <CopyButton text={sshCommand(workspace)} name={`Copy the SSH command of ${workspace.name}`} />
      <StartStopButton workspace={workspace} isSmall />
      <WorkspaceMenu workspace={workspace} />
    </div>
  );
}
