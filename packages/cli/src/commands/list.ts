import { endpoints, type Client, type Workspace } from "@hearth/sdk";
import { z } from "zod";
import { fullName } from "#api/workspaces.ts";
import { columnOption, output } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { age } from "#output/ages.ts";
import { paintStatus } from "#output/status-paint.ts";
import { pickColumns, type Column } from "#output/table.ts";
import { describeCron } from "#time/autostart.ts";
import { formatDuration } from "#time/duration.ts";

/** What a row is made of: a workspace, looked at at one moment. */
interface Row {
  readonly workspace: Workspace;
  readonly nowMs: number;
}

const columns: readonly Column<Row>[] = [
  { name: "favorite", shown: false, value: ({ workspace }) => (workspace.favorite ? "★" : "") },
  { name: "workspace", value: ({ workspace }) => fullName(workspace) },
  { name: "organization", shown: false, value: ({ workspace }) => workspace.organization_name },
  { name: "template", value: ({ workspace }) => workspace.template_name },
  {
    name: "status",
    value: ({ workspace }) => workspace.latest_build.status,
    paint: (cell, { workspace }, style) => paintStatus(cell, workspace.latest_build.status, style),
  },
  { name: "healthy", value: ({ workspace }) => healthOf(workspace) },
  { name: "last built", value: ({ workspace, nowMs }) => age(workspace.latest_build.created_at, nowMs) },
  { name: "last used", shown: false, value: ({ workspace, nowMs }) => age(workspace.last_used_at, nowMs) },
  { name: "current version", shown: false, value: ({ workspace }) => workspace.latest_build.template_version_name },
  { name: "outdated", value: ({ workspace }) => (workspace.outdated ? "yes" : "no") },
  {
    name: "starts at",
    value: ({ workspace: { autostart_schedule: cron } }) => (cron === undefined ? "" : describeCron(cron)),
  },
  {
    name: "starts next",
    shown: false,
    value: ({ workspace, nowMs }) => (workspace.next_start_at === null ? "" : age(workspace.next_start_at, nowMs)),
  },
  {
    name: "stops after",
    value: ({ workspace: { ttl_ms: ttlMs } }) => (ttlMs === undefined ? "" : formatDuration(ttlMs)),
  },
  { name: "stops next", shown: false, value: ({ workspace, nowMs }) => stopsNext(workspace, nowMs) },
  { name: "automatic updates", shown: false, value: ({ workspace }) => workspace.automatic_updates },
  { name: "origin", shown: false, value: ({ workspace }) => workspace.origin?.how ?? "" },
  { name: "id", shown: false, value: ({ workspace }) => workspace.id },
];

export const list = defineCommand({
  summary: "List workspaces",
  options: {
    all: z.boolean().default(false).meta({ short: "a", description: "everybody's, as far as you may see them" }),
    search: z.string().optional().meta({ value: "query", description: 'filter, like "owner:ada status:running"' }),
    column: columnOption(columns),
    output,
  },
  examples: [{ what: "What runs, by name, for a script", line: "hearth list --search status:running -c workspace" }],
  async run(input, { client, out, clock }) {
    const found = await searchWorkspaces(client, searchText(input));
    if (input.output === "json") {
      out.json(found);
      return;
    }
    if (found.length === 0) {
      const hint = input.search === undefined ? "Create one with: hearth create" : "";
      out.note(`No workspaces found. ${hint}`.trim());
      return;
    }
    const nowMs = clock.now();
    out.table(
      found.map((workspace) => ({ workspace, nowMs })),
      pickColumns(columns, input.column),
    );
  },
});

/** The query of `--all` and `--search`: one's own, unless one of them says otherwise. */
export function searchText({ all, search }: { all: boolean; search: string | undefined }): string {
  if (all) return search ?? "";
  if (search === undefined) return "owner:me";
  return /(?:^|\s)owner:/.test(search) ? search : `owner:me ${search}`;
}

const pageSize = 100;

/** Every workspace of a search, page by page. */
export async function searchWorkspaces(client: Client, q: string): Promise<Workspace[]> {
  const found: Workspace[] = [];
  for (;;) {
    const query = { ...(q === "" ? {} : { q }), limit: pageSize, offset: found.length };
    const { workspaces, count } = await client.call(endpoints.workspaces.listWorkspaces, { query });
    found.push(...workspaces);
    if (workspaces.length < pageSize || found.length >= count) return found;
  }
}

function healthOf(workspace: Workspace): string {
  if (workspace.latest_build.status !== "running") return "";
  return workspace.health.healthy ? "yes" : "no";
}

function stopsNext(workspace: Workspace, nowMs: number): string {
  const { deadline, status } = workspace.latest_build;
  return status === "running" && deadline ? age(deadline, nowMs) : "";
}
