import { endpoints, type TemplateVersion } from "@hearth/sdk";
import { z } from "zod";
import { columnOption, organization, output } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { age } from "#output/ages.ts";
import { pickColumns, type Column } from "#output/table.ts";
import { resolveTemplate } from "./resolve-template.ts";

interface Row {
  readonly version: TemplateVersion;
  readonly isActive: boolean;
  readonly nowMs: number;
}

const columns: readonly Column<Row>[] = [
  { name: "name", value: ({ version }) => version.name },
  { name: "created at", value: ({ version, nowMs }) => age(version.created_at, nowMs) },
  { name: "created by", value: ({ version }) => version.created_by.username },
  { name: "status", value: ({ version }) => version.job.status },
  { name: "active", value: ({ isActive }) => (isActive ? "active" : "") },
  { name: "archived", shown: false, value: ({ version }) => (version.archived ? "yes" : "no") },
  { name: "message", shown: false, value: ({ version }) => version.message },
  { name: "id", shown: false, value: ({ version }) => version.id },
];

export const versionsList = defineCommand({
  summary: "List the versions of a template",
  args: { template: z.string() },
  options: {
    includeArchived: z.boolean().default(false).meta({ description: "archived ones, too" }),
    column: columnOption(columns),
    organization,
    output,
  },
  async run(input, { client, out, clock }) {
    const template = await resolveTemplate(client, input.template, input.organization);
    const versions = await client.call(endpoints.templates.listTemplateVersions, {
      params: { template: template.id },
      ...(input.includeArchived ? { query: { include_archived: true } } : {}),
    });
    if (input.output === "json") {
      out.json(versions);
      return;
    }
    const nowMs = clock.now();
    const rows = versions.map((version) => ({ version, isActive: version.id === template.active_version_id, nowMs }));
    out.table(rows, pickColumns(columns, input.column));
  },
});
