import type { Workspace } from "@hearth/sdk";
import { z } from "zod";
import { parseWorkspaceReference } from "#api/workspace-name.ts";
import { fullName } from "#api/workspaces.ts";
import { columnOption, output } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { Failure, UsageError } from "#means/failure.ts";
import type { Means } from "#means/means.ts";
import { age } from "#output/ages.ts";
import { pickColumns, type Column } from "#output/table.ts";
import { describeCron } from "#time/autostart.ts";
import { formatDuration } from "#time/duration.ts";
import { searchText, searchWorkspaces } from "../list.ts";

export interface ScheduleRow {
  readonly workspace: Workspace;
  readonly nowMs: number;
}

const columns: readonly Column<ScheduleRow>[] = [
  { name: "workspace", value: ({ workspace }) => fullName(workspace) },
  {
    name: "starts at",
    value: ({ workspace: { autostart_schedule: cron } }) => (cron === undefined ? "manual" : describeCron(cron)),
  },
  {
    name: "starts next",
    value: ({ workspace, nowMs }) => (workspace.next_start_at === null ? "" : age(workspace.next_start_at, nowMs)),
  },
  {
    name: "stops after",
    value: ({ workspace: { ttl_ms: ttlMs } }) => (ttlMs === undefined ? "manual" : formatDuration(ttlMs)),
  },
  {
    name: "stops next",
    value: ({ workspace: { latest_build: build }, nowMs }) =>
      build.deadline && build.status === "running" ? age(build.deadline, nowMs) : "",
  },
];

export const scheduleShow = defineCommand({
  summary: "Show when workspaces start and stop by themselves",
  args: { workspace: z.string().optional().meta({ description: "dev, or ada/dev" }) },
  options: {
    all: z.boolean().default(false).meta({ short: "a", description: "everybody's, as far as you may see them" }),
    search: z.string().optional().meta({ value: "query", description: 'filter, like "owner:ada"' }),
    column: columnOption(columns),
    output,
  },
  async run({ workspace: name, all, search, column, output: format }, { client, out, clock }) {
    const found = await searchWorkspaces(client, name === undefined ? searchText({ all, search }) : queryFor(name));
    if (found.length === 0 && name !== undefined) throw new Failure(`There is no workspace "${name}".`);
    if (format === "json") {
      out.json(found);
      return;
    }
    const nowMs = clock.now();
    out.table(
      found.map((workspace) => ({ workspace, nowMs })),
      pickColumns(columns, column),
    );
  },
});

function queryFor(name: string): string {
  const reference = parseWorkspaceReference(name);
  if (reference === undefined || reference.agent !== "")
    throw new UsageError(`"${name}" names no workspace; write it like dev or ada/dev`);
  return `owner:${reference.owner} name:${reference.workspace}`;
}

/** The schedule of one workspace, below a command that changed it. */
export function showSchedule(workspace: Workspace, { out, clock }: Means): void {
  out.table([{ workspace, nowMs: clock.now() }], columns);
}
