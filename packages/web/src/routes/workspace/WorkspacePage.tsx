import type { Workspace } from "@hearth/sdk";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { Title } from "../../components/Title.tsx";
import { useShortcuts } from "../../keys/use-shortcuts.ts";
import { paths, type WorkspaceTab } from "../../paths.ts";
import { workspaceByName } from "../../queries/workspaces.ts";
import { Card } from "../../ui/Card.tsx";
import { ErrorNote } from "../../ui/ErrorNote.tsx";
import { TabPanel, Tabs } from "../../ui/Tabs.tsx";
import { agentsOf, terminalAnswer } from "../../words/workspace-words.ts";
import { PageSkeleton } from "../frame/PageSkeleton.tsx";
import { AgentCard } from "./AgentCard.tsx";
import { AgentLogs } from "./AgentLogs.tsx";
import { BuildLog } from "./BuildLog.tsx";
import { BuildsTable } from "./BuildsTable.tsx";
import { GonePage, isGone } from "./GonePage.tsx";
import { ParametersTable } from "./ParametersTable.tsx";
import { WorkspaceHeader } from "./WorkspaceHeader.tsx";

const route = getRouteApi("/authenticated/frame/@{$owner}/$workspace");

// The terminal is the largest part of the dashboard: it comes when it is opened.
const TerminalPanel = lazy(() =>
  import("../terminal/TerminalPanel.tsx").then(({ TerminalPanel: panel }) => ({ default: panel })),
);

const tabs: readonly { value: WorkspaceTab; label: string }[] = [
  { value: "build", label: "Build log" },
  { value: "agents", label: "Agent log" },
  { value: "terminal", label: "Terminal" },
  { value: "parameters", label: "Parameters" },
  { value: "builds", label: "Builds" },
];

export function WorkspacePage() {
  const { owner, workspace: name } = route.useParams();
  const { data: workspace, error, isPending } = useQuery(workspaceByName(owner, name));
  if (isGone(error, workspace)) return <GonePage owner={owner} name={name} />;
  if (isPending || !workspace) return error ? <ErrorNote error={error} className="m-4" /> : <PageSkeleton />;
  return <Page workspace={workspace} />;
}

function Page({ workspace }: { workspace: Workspace }) {
  const router = useRouter();
  const { tab = "build" } = route.useSearch();
  const agents = agentsOf(workspace);
  const terminal = terminalAnswer(workspace, agents[0]);
  const { owner_name: owner, name, latest_build: build } = workspace;
  useShortcuts({
    terminal: () => {
      if (terminal.allowed) void router.navigate({ href: paths.terminal(owner, name) });
    },
  });
  return (
    <main id="main" className="mx-auto w-full max-w-screen-2xl grow space-y-4 p-4">
      <Title>{`${owner}/${name}`}</Title>
      <WorkspaceHeader workspace={workspace} />
      {build.job.error !== undefined && build.job.error !== "" && (
        <div role="alert" className="rounded-md border border-bad/40 bg-bad-soft p-3">
          <p className="font-medium text-bad">The last build failed.</p>
          <p className="mt-0.5 font-mono text-sm break-words whitespace-pre-wrap">{build.job.error}</p>
        </div>
      )}
      {agents.length > 0 && build.transition === "start" && (
        <ul className="grid gap-3 lg:grid-cols-2 2xl:grid-cols-3">
          {agents.map((agent) => (
            <li key={agent.id} className="min-w-0 only:col-span-full">
              <AgentCard workspace={workspace} agent={agent} />
            </li>
          ))}
        </ul>
      )}
      <Card className="overflow-hidden">
        <Tabs
          label="Parts of the workspace"
          tabs={tabs}
          value={tab}
          onChange={(next) => void router.navigate({ href: paths.workspace(owner, name, next), replace: true })}
        >
          <TabPanel value="build">
            <BuildLog build={build} />
          </TabPanel>
          <TabPanel value="agents">
            <AgentLogs agents={agents} />
          </TabPanel>
          <TabPanel value="terminal">
            <div className="h-[min(64vh,44rem)]">
              <Suspense fallback={<div className="h-full bg-terminal" />}>
                <TerminalPanel workspace={workspace} />
              </Suspense>
            </div>
          </TabPanel>
          <TabPanel value="parameters">
            <ParametersTable build={build} />
          </TabPanel>
          <TabPanel value="builds">
            <BuildsTable workspace={workspace} />
          </TabPanel>
        </Tabs>
      </Card>
    </main>
  );
}
