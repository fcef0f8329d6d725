import type { Workspace, WorkspaceAgent, WorkspaceApp } from "@hearth/sdk";
import { AgentBadge } from "../../components/StateBadge.tsx";
import { TerminalLink } from "../../components/TerminalLink.tsx";
import { useMetadata } from "../../queries/metadata.ts";
import { buttonClass } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { Command } from "../../ui/CopyButton.tsx";
import { Icon } from "../../ui/Icon.tsx";
import { safeUrl } from "../../words/safe-url.ts";
import { agentsOf, sshCommand } from "../../words/workspace-words.ts";

/** An agent: whether it can be used, how to get in, what it says about itself. */
export function AgentCard({ workspace, agent }: { workspace: Workspace; agent: WorkspaceAgent }) {
  const isOnlyOne = agentsOf(workspace).length === 1;
  const metadata = useMetadata(agent);
  const links = agent.apps.flatMap((app): { app: WorkspaceApp; href: string }[] => {
    const href = app.external && !app.hidden ? safeUrl(app.url) : undefined;
    return href === undefined ? [] : [{ app, href }];
  });
  const troubleshooting = safeUrl(agent.troubleshooting_url);
  return (
    <Card className="p-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h2 className="font-semibold">{agent.name}</h2>
        <AgentBadge agent={agent} />
        <span className="text-sm text-muted">
          {[agent.operating_system, agent.architecture, agent.version].filter(Boolean).join(" · ")}
        </span>
        <div className="flex w-full min-w-0 flex-wrap items-center gap-2 sm:ml-auto sm:w-auto">
          <Command name={`SSH to ${agent.name}`}>{sshCommand(workspace, isOnlyOne ? undefined : agent.name)}</Command>
          {!isOnlyOne && <TerminalLink workspace={workspace} agent={agent} />}
        </div>
      </div>
      {!agent.health.healthy && agent.health.reason !== undefined && agent.lifecycle_state !== "off" && (
        <p className="mt-2 text-sm text-warn">
          The {agent.health.reason}.{" "}
          {troubleshooting !== undefined && (
            <a href={troubleshooting} target="_blank" rel="noreferrer" className="underline">
              What to do
            </a>
          )}
        </p>
      )}
      {links.length > 0 && (
        <ul className="mt-3 flex flex-wrap gap-2">
          {links.map(({ app, href }) => (
            <li key={app.id}>
              <a href={href} target="_blank" rel="noreferrer" className={buttonClass()}>
                {app.display_name || app.slug}
                <Icon name="external" />
              </a>
            </li>
          ))}
        </ul>
      )}
      {metadata.length > 0 && (
        <dl className="mt-3 flex flex-wrap gap-x-8 gap-y-2 border-t border-line pt-3">
          {metadata.map(({ description, result }) => (
            <div key={description.key} className="min-w-24">
              <dt className="text-sm text-muted">{description.display_name || description.key}</dt>
              <dd className="font-medium" title={result.error || undefined}>
                {result.value.trim() || (result.error ? <span className="text-bad">error</span> : "–")}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </Card>
  );
}
