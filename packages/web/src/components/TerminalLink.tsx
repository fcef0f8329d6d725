import type { Workspace, WorkspaceAgent } from "@hearth/sdk";
import { paths } from "../paths.ts";
import { Button, buttonClass, IconButton } from "../ui/Button.tsx";
import { Icon } from "../ui/Icon.tsx";
import { Tooltip } from "../ui/Tooltip.tsx";
import { agentsOf, terminalAnswer } from "../words/workspace-words.ts";
import { AppLink } from "./AppLink.tsx";

interface TerminalLinkProps {
  workspace: Workspace;
  agent?: WorkspaceAgent | undefined;
  isSmall?: boolean;
  look?: "primary" | "plain";
}

/** Leads to the terminal where there is one to be had; else says why not. */
export function TerminalLink({ workspace, agent, isSmall = false, look = "plain" }: TerminalLinkProps) {
  const answer = terminalAnswer(workspace, agent ?? agentsOf(workspace)[0]);
  const name = `Terminal of ${workspace.name}`;
  if (!answer.allowed) {
    return isSmall ? (
      <IconButton icon="terminal" name={name} disabledReason={answer.reason} />
    ) : (
      <Button icon="terminal" disabledReason={answer.reason}>
        Terminal
      </Button>
    );
  }
  const href = paths.terminal(workspace.owner_name, workspace.name, agent?.name);
  if (!isSmall) {
    return (
      <AppLink href={href} className={buttonClass(look)}>
        <Icon name="terminal" />
        Terminal
      </AppLink>
    );
  }
  return (
    <Tooltip text={name}>
      <AppLink href={href} aria-label={name} className={buttonClass("quiet", true)}>
        <Icon name="terminal" />
      </AppLink>
    </Tooltip>
  );
}
