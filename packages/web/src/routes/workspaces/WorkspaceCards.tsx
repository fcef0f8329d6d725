import type { Workspace } from "@hearth/sdk";
import { Origin } from "../../components/Origin.tsx";
import { AppLink } from "../../components/AppLink.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import { paths } from "../../paths.ts";
import { Card } from "../../ui/Card.tsx";
import { AgentSummary, LastUsed } from "./cells.tsx";
import { RowActions } from "./RowActions.tsx";

/** The list on a narrow screen: a card each. */
export function WorkspaceCards({
  workspaces,
  myName,
}: {
  workspaces: readonly Workspace[];
  myName: string | undefined;
}) {
  return (
    <ul className="space-y-2">
      {workspaces.map((workspace) => {
        return (
          <li key={workspace.id}>
            <Card className="p-3 pb-1.5">
              <div className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1.5">
                <AppLink
                  href={paths.workspace(workspace.owner_name, workspace.name)}
                  className="rounded-sm font-medium hover:underline"
                >
                  {workspace.owner_name !== myName && <span className="text-muted">{workspace.owner_name}/</span>}
                  {workspace.name}
                </AppLink>
                <StateBadge workspace={workspace} />
              </div>
              <p className="mt-1 text-sm text-muted">
                {workspace.template_display_name || workspace.template_name}
                {workspace.origin && (
                  <>
                    {" · "}
                    <Origin workspace={workspace} />
                  </>
                )}{" "}
                · used <LastUsed workspace={workspace} />
              </p>
              <div className="mt-1.5 flex items-center justify-between">
                <AgentSummary workspace={workspace} />
                <RowActions workspace={workspace} />
              </div>
            </Card>
          </li>
        );
      })}
    </ul>
  );
}
