import { endpoints, type Pool, type Preset } from "@hearth/sdk";
import { z } from "zod";
import { columnOption, organization, output } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { elapsed } from "#output/ages.ts";
import { pickColumns, type Column } from "#output/table.ts";
import { resolveTemplate, resolveVersion } from "./resolve-template.ts";

interface Row {
  readonly preset: Preset;
  /** Of the active version only. */
  readonly pool: Pool | undefined;
}

const columns: readonly Column<Row>[] = [
  { name: "name", value: ({ preset }) => preset.Name },
  {
    name: "parameters",
    value: ({ preset }) => preset.Parameters.map(({ Name, Value }) => `${Name}=${Value}`).join(", "),
  },
  { name: "default", value: ({ preset }) => (preset.Default ? "yes" : "no") },
  { name: "desired prebuild instances", value: ({ preset }) => String(preset.DesiredPrebuildInstances ?? "") },
  { name: "warm", value: ({ pool }) => warm(pool) },
  {
    name: "expected wait",
    value: ({ pool }) => expectedWait(pool),
  },
  { name: "description", shown: false, value: ({ preset }) => preset.Description },
  { name: "id", shown: false, value: ({ preset }) => preset.ID },
];

export const presetsList = defineCommand({
  summary: "List the presets of a template, and how many warm workspaces each has",
  args: { template: z.string() },
  options: {
    templateVersion: z.string().optional().meta({ value: "name", description: "another version than the active one" }),
    column: columnOption(columns),
    organization,
    output,
  },
  async run(input, { client, out }) {
    const template = await resolveTemplate(client, input.template, input.organization);
    const versionId =
      input.templateVersion === undefined
        ? template.active_version_id
        : (await resolveVersion(client, template, input.templateVersion)).id;
    const isActive = versionId === template.active_version_id;
    const [presets, pools] = await Promise.all([
      client.call(endpoints.templateVersions.listTemplateVersionPresets, { params: { templateversion: versionId } }),
      isActive && input.output === "table"
        ? client.call(endpoints.hearth.listPools, { params: { template: template.id } })
        : [],
    ]);
    if (input.output === "json") {
      out.json(presets);
      return;
    }
    if (presets.length === 0) {
      out.note(`Template "${template.name}" has no presets.`);
      return;
    }
    const rows = presets.map((preset) => ({ preset, pool: pools.find((pool) => pool.preset_id === preset.ID) }));
    out.table(rows, pickColumns(columns, input.column));
    for (const { preset, pool } of rows) {
      if (pool !== undefined && pool.status_detail !== "") out.warn(`${preset.Name}: ${pool.status_detail}`);
    }
  },
});

function expectedWait(pool: Pool | undefined): string {
  const waitMs = pool?.expected_wait_ms ?? undefined;
  return waitMs === undefined ? "" : elapsed(waitMs);
}

function warm(pool: Pool | undefined): string {
  if (pool === undefined || pool.desired === null) return "";
  const coming = pool.building === 0 ? "" : ` (${pool.building} coming)`;
  return `${pool.ready}${coming}${pool.status === "healthy" ? "" : `, ${pool.status.replaceAll("_", " ")}`}`;
}
