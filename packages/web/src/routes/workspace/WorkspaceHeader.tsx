import type { Workspace } from "@hearth/sdk";
import { Origin } from "../../components/Origin.tsx";
import { AppLink } from "../../components/AppLink.tsx";
import { Age, Until } from "../../components/Age.tsx";
import { StartStopButton } from "../../components/StartStopButton.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import { TerminalLink } from "../../components/TerminalLink.tsx";
import { WorkspaceMenu } from "../../components/WorkspaceMenu.tsx";
import { paths } from "../../paths.ts";
import { originWords, stateWords, stopsAt } from "../../words/workspace-words.ts";

/** Name, state and how it came, with the next actions beside. */
export function WorkspaceHeader({ workspace }: { workspace: Workspace }) {
  const { latest_build: build } = workspace;
  const origin = originWords(workspace.origin);
  const stops = stopsAt(workspace);
  const lastUsed = Date.parse(workspace.last_used_at);
  return (
    <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
      <div className="min-w-0">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h1 className="text-xl font-semibold">
            <span className="font-normal text-muted">{workspace.owner_name}/</span>
            {workspace.name}
          </h1>
          <StateBadge workspace={workspace} />
        </div>
        <p className="mt-1 flex flex-wrap text-muted *:not-last:after:mx-1.5 *:not-last:after:content-['·']">
          {origin !== undefined && (
            <span>
              <Origin workspace={workspace} />
            </span>
          )}
          <span>
            from{" "}
            <AppLink href={paths.template(workspace.template_name)} className="rounded-sm text-text underline">
              {workspace.template_display_name || workspace.template_name}
            </AppLink>{" "}
            {build.template_version_name}
          </span>
          {workspace.outdated && <span className="text-warn">a newer version is there</span>}
          {stops !== undefined && (
            <span>
              <Until at={stops} prefix="stops in " />
            </span>
          )}
          {lastUsed > 0 && (
            <span>
              used <Age at={lastUsed} suffix=" ago" />
            </span>
          )}
          {build.job.status === "pending" && build.job.queue_size > 0 && (
            <span>
              {build.job.queue_position} of {build.job.queue_size} in the queue
            </span>
          )}
        </p>
      </div>
      <div className="flex items-center gap-2">
        <TerminalLink workspace={workspace} look="primary" />
        <StartStopButton workspace={workspace} />
        <WorkspaceMenu workspace={workspace} />
      </div>
      <span role="status" className="sr-only">
        {workspace.name} is {stateWords(workspace).word.toLowerCase()}
      </span>
    </div>
  );
}
