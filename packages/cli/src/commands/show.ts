import type { Workspace, WorkspaceAgent, WorkspaceResource } from "@hearth/sdk";
import { z } from "zod";
import { findWorkspace, fullName } from "#api/workspaces.ts";
import { textOutput, workspaceArgument } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import type { Style } from "#means/style.ts";
import { age, elapsed } from "#output/ages.ts";
import { safeText } from "#output/safe-text.ts";
import { paintStatus } from "#output/status-paint.ts";
import { describeCron } from "#time/autostart.ts";
import { formatDuration } from "#time/duration.ts";

export const show = defineCommand({
  summary: "Show a workspace, its resources, agents and apps",
  args: { workspace: workspaceArgument },
  options: {
    details: z.boolean().default(false).meta({ description: "with ids, metadata and every app" }),
    output: textOutput,
  },
  async run({ workspace: reference, details, output }, { client, out, clock }) {
    const workspace = await findWorkspace(client, reference);
    if (output === "json") out.json(workspace);
    else for (const line of renderWorkspace(workspace, details, clock.now(), out.style)) out.line(line);
  },
});

/** A workspace for people: its facts, then its resources as a tree with their agents. */
export function renderWorkspace(workspace: Workspace, details: boolean, nowMs: number, style: Style): string[] {
  const build = workspace.latest_build;
  const facts: [string, string | undefined][] = [
    ["status", paintStatus(build.status, build.status, style)],
    [
      "template",
      `${workspace.template_name}, version ${build.template_version_name}${workspace.outdated ? style.yellow(" (outdated)") : ""}`,
    ],
    ["created", `${age(workspace.created_at, nowMs)}${originText(workspace)}`],
    [
      "last build",
      `${build.transition} (number ${build.build_number}), ${age(build.created_at, nowMs)}, by ${build.initiator_name}`,
    ],
    ["last used", age(workspace.last_used_at, nowMs)],
    ["starts at", workspace.autostart_schedule === undefined ? undefined : describeCron(workspace.autostart_schedule)],
    ["stops after", workspace.ttl_ms === undefined ? undefined : formatDuration(workspace.ttl_ms)],
    ["stops", build.deadline && build.status === "running" ? age(build.deadline, nowMs) : undefined],
    ["dormant", workspace.dormant_at === null ? undefined : age(workspace.dormant_at, nowMs)],
    ["error", build.job.error === undefined ? undefined : style.red(safeText(build.job.error))],
    ["id", details ? workspace.id : undefined],
  ];
  const lines = [style.bold(fullName(workspace))];
  for (const [name, value] of facts) if (value !== undefined) lines.push(`  ${style.dim(name.padEnd(12))}${value}`);
  const shown = build.resources.filter((resource) => details || !resource.hide);
  if (shown.length > 0)
    lines.push("", ...shown.flatMap((resource) => renderResource(resource, workspace, details, style)));
  return lines;
}

function originText({ origin }: Workspace): string {
  if (origin === undefined) return "";
  const took = origin.ready_ms === null ? "" : ` in ${elapsed(origin.ready_ms)}`;
  return origin.how === "claimed" ? `, claimed warm${took}` : `, built${took}`;
}

function renderResource(resource: WorkspaceResource, workspace: Workspace, details: boolean, style: Style): string[] {
  const agents = resource.agents ?? [];
  const lines = [`${style.bold(safeText(`${resource.type}.${resource.name}`))}`];
  if (details) {
    for (const { key, value, sensitive } of resource.metadata ?? []) {
      lines.push(`  ${style.dim(safeText(key))}  ${sensitive ? "(sensitive)" : safeText(value)}`);
    }
  }
  for (const [index, agent] of agents.entries()) {
    const isLast = index === agents.length - 1;
    const [first = "", ...rest] = renderAgent(agent, workspace, details, style);
    lines.push(`${isLast ? "└─" : "├─"} ${first}`, ...rest.map((line) => `${isLast ? "  " : "│ "} ${line}`));
  }
  return lines;
}

function renderAgent(agent: WorkspaceAgent, workspace: Workspace, details: boolean, style: Style): string[] {
  const state =
    agent.status === "connected" ? `${agent.status}, ${agent.lifecycle_state.replaceAll("_", " ")}` : agent.status;
  const isWell = agent.status === "connected" && agent.lifecycle_state === "ready";
  const lines = [
    `${agent.name} (${agent.operating_system}, ${agent.architecture})  ${isWell ? style.green(state) : style.yellow(state)}  ${style.dim(agent.version)}`.trimEnd(),
  ];
  if (!agent.health.healthy && agent.health.reason !== undefined)
    lines.push(style.yellow(safeText(agent.health.reason)));
  if (agent.status === "connected") lines.push(style.dim(`hearth ssh ${workspace.name}.${agent.name}`));
  const apps = agent.apps.filter((app) => details || !app.hidden);
  for (const app of apps) {
    const health = app.health === "disabled" ? "" : ` (${app.health})`;
    lines.push(
      `app ${safeText(app.display_name || app.slug)}${health}${details && app.url !== undefined ? ` ${safeText(app.url)}` : ""}`,
    );
  }
  if (details) lines.push(style.dim(`id ${agent.id}`));
  return lines;
}
