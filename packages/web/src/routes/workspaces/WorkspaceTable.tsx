import type { Workspace } from "@hearth/sdk";
import { Origin } from "../../components/Origin.tsx";
import { AppLink } from "../../components/AppLink.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import { paths } from "../../paths.ts";
import { Card } from "../../ui/Card.tsx";
import { cx } from "../../ui/class-names.ts";
import { AgentSummary, LastUsed, StopsIn } from "./cells.tsx";
import { RowActions } from "./RowActions.tsx";

interface WorkspaceTableProps {
  workspaces: readonly Workspace[];
  myName: string | undefined;
  selected: ReadonlySet<string>;
  onSelect: (id: string, isSelected: boolean) => void;
  onSelectAll: (all: boolean) => void;
}

const head = "h-9 px-3 text-left text-sm font-medium whitespace-nowrap text-muted";
const cell = "h-12 px-3";
/** Columns that a narrow window goes without; the workspace's own page has them. */
const spare = "hidden xl:table-cell";

export function WorkspaceTable({ workspaces, myName, selected, onSelect, onSelectAll }: WorkspaceTableProps) {
  const areAllSelected = workspaces.every(({ id }) => selected.has(id));
  return (
    <Card className="overflow-x-auto">
      <table className="w-full">
        <thead className="border-b border-line">
          <tr>
            <th scope="col" className={cx(head, "w-9 pr-0")}>
              <input
                type="checkbox"
                aria-label="Select all on this page"
                className="size-4 align-middle accent-accent"
                checked={areAllSelected}
                onChange={(event) => onSelectAll(event.target.checked)}
              />
            </th>
            <th scope="col" className={head}>
              Name
            </th>
            <th scope="col" className={head}>
              State
            </th>
            <th scope="col" className={head}>
              Agent
            </th>
            <th scope="col" className={head}>
              Template
            </th>
            <th scope="col" className={head}>
              Came
            </th>
            <th scope="col" className={cx(head, spare)}>
              Last used
            </th>
            <th scope="col" className={cx(head, spare)}>
              Stops in
            </th>
            <th scope="col" className={cx(head, "text-right")}>
              <span className="sr-only">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {workspaces.map((workspace) => (
            <tr key={workspace.id} className="hover:bg-sunken">
              <td className={cx(cell, "pr-0")}>
                <input
                  type="checkbox"
                  aria-label={`Select ${workspace.name}`}
                  className="size-4 align-middle accent-accent"
                  checked={selected.has(workspace.id)}
                  onChange={(event) => onSelect(workspace.id, event.target.checked)}
                />
              </td>
              <th scope="row" className={cx(cell, "text-left font-normal")}>
                <AppLink
                  href={paths.workspace(workspace.owner_name, workspace.name)}
                  className="rounded-sm font-medium hover:underline"
                >
                  {workspace.owner_name !== myName && <span className="text-muted">{workspace.owner_name}/</span>}
                  {workspace.name}
                </AppLink>
              </th>
              <td className={cell}>
                <StateBadge workspace={workspace} />
              </td>
              <td className={cell}>
                <AgentSummary workspace={workspace} />
              </td>
              <td className={cell}>
                <AppLink href={paths.template(workspace.template_name)} className="rounded-sm hover:underline">
                  {workspace.template_display_name || workspace.template_name}
                </AppLink>
                {workspace.outdated && <span className="text-sm text-warn"> outdated</span>}
              </td>
              <td className={cx(cell, "whitespace-nowrap")}>
                <Origin workspace={workspace} />
              </td>
              <td className={cx(cell, spare, "whitespace-nowrap text-muted")}>
                <LastUsed workspace={workspace} />
              </td>
              <td className={cx(cell, spare, "whitespace-nowrap text-muted")}>
                <StopsIn workspace={workspace} />
              </td>
              <td className={cell}>
                <RowActions workspace={workspace} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}
