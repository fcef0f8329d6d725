import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { AppLink } from "../../components/AppLink.tsx";
import { Title } from "../../components/Title.tsx";
import { paths } from "../../paths.ts";
import { workspaceByName } from "../../queries/workspaces.ts";
import { ErrorNote } from "../../ui/ErrorNote.tsx";
import { Icon } from "../../ui/Icon.tsx";
import { GonePage, isGone } from "../workspace/GonePage.tsx";
import { TerminalPanel } from "./TerminalPanel.tsx";

const route = getRouteApi("/authenticated/@{$owner}/$workspace/terminal");

/** A window full of terminal. */
export function TerminalPage() {
  const { owner, workspace: nameAndAgent } = route.useParams();
  const [name = "", agentName] = nameAndAgent.split(".");
  const { data: workspace, error } = useQuery(workspaceByName(owner, name));
  if (isGone(error, workspace)) return <GonePage owner={owner} name={name} />;
  if (!workspace) return error ? <ErrorNote error={error} className="m-4" /> : null;
  return (
    <main className="flex h-dvh flex-col bg-terminal">
      <Title>{`${name} terminal`}</Title>
      <h1 className="sr-only">
        Terminal of {owner}/{name}
      </h1>
      <TerminalPanel
        workspace={workspace}
        agentName={agentName}
        start={
          <AppLink
            href={paths.workspace(owner, name)}
            className="mr-1 flex min-w-0 shrink-0 items-center gap-1 rounded-md px-1.5 py-1 font-medium hover:bg-hover"
          >
            <Icon name="chevronLeft" />
            <span className="max-w-[28vw] truncate">{name}</span>
          </AppLink>
        }
      />
    </main>
  );
}
