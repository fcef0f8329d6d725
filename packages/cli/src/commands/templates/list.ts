import { endpoints, type Template } from "@hearth/sdk";
import { z } from "zod";
import { columnOption, output } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { age, elapsed } from "#output/ages.ts";
import { pickColumns, type Column } from "#output/table.ts";
import { formatDuration } from "#time/duration.ts";

interface Row {
  readonly template: Template;
  readonly nowMs: number;
}

const columns: readonly Column<Row>[] = [
  { name: "name", value: ({ template }) => template.name },
  { name: "display name", shown: false, value: ({ template }) => template.display_name },
  { name: "organization", shown: false, value: ({ template }) => template.organization_name },
  { name: "engine", value: ({ template }) => template.engine ?? template.provisioner },
  { name: "last updated", value: ({ template, nowMs }) => age(template.updated_at, nowMs) },
  { name: "used by", value: ({ template }) => usedBy(template.active_user_count) },
  { name: "build time", value: ({ template }) => medianStart(template) },
  {
    name: "default ttl",
    value: ({ template }) => (template.default_ttl_ms === 0 ? "" : formatDuration(template.default_ttl_ms)),
  },
  { name: "status", value: ({ template }) => (template.deprecated ? "deprecated" : "") },
  { name: "description", shown: false, value: ({ template }) => template.description },
  { name: "created at", shown: false, value: ({ template, nowMs }) => age(template.created_at, nowMs) },
  { name: "created by", shown: false, value: ({ template }) => template.created_by_name },
  { name: "id", shown: false, value: ({ template }) => template.id },
];

export const listTemplates = defineCommand({
  summary: "List templates",
  options: {
    search: z.string().optional().meta({ value: "query", description: 'filter, like "deprecated:false"' }),
    column: columnOption(columns),
    output,
  },
  async run({ search, column, output: format }, { client, out, clock }) {
    const templates = await client.call(
      endpoints.templates.listTemplates,
      search === undefined ? {} : { query: { q: search } },
    );
    if (format === "json") {
      out.json(templates);
      return;
    }
    if (templates.length === 0) {
      out.note("There is no template yet. Push one with: hearth templates push <directory>");
      return;
    }
    const nowMs = clock.now();
    out.table(
      templates.map((template) => ({ template, nowMs })),
      pickColumns(columns, column),
    );
  },
});

function usedBy(count: number): string {
  if (count < 0) return "";
  return count === 1 ? "1 developer" : `${count} developers`;
}

function medianStart({ build_time_stats: stats }: Template): string {
  const median = stats["start"]?.P50;
  return median === undefined || median === null ? "" : elapsed(median);
}
