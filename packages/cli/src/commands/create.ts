import { randomBytes } from "node:crypto";
import { endpoints, type Client, type Template, type Workspace } from "@hearth/sdk";
import { z } from "zod";
import { fullName } from "#api/workspaces.ts";
import { parseWorkspaceReference } from "#api/workspace-name.ts";
import { followBuild } from "#build/follow-build.ts";
import { waitUntilReady } from "#build/wait-until-ready.ts";
import { Duration, organization, textOutput, yes } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { UsageError } from "#means/failure.ts";
import type { Means } from "#means/means.ts";
import { elapsed } from "#output/ages.ts";
import { parameterOptions } from "#parameters/parameter-options.ts";
import { prepareParameters } from "#parameters/prepare-parameters.ts";
import { parseAutostart, toCron } from "#time/autostart.ts";
import { localZone } from "#time/local-zone.ts";
import { choosePreset, chooseTemplate } from "./create-choices.ts";
import { resolveVersion } from "./templates/resolve-template.ts";

export const create = defineCommand({
  summary: "Create a workspace and wait until it is ready",
  description:
    "Create a workspace and wait until it is ready. Where the preset keeps warm workspaces, one of them becomes yours at once.",
  args: { name: z.string().optional().meta({ description: "dev, or ada/dev to create it for somebody else" }) },
  options: {
    template: z.string().optional().meta({ short: "t", value: "name", description: "template to create it from" }),
    templateVersion: z.string().optional().meta({ value: "name", description: "another version than the active one" }),
    preset: z
      .string()
      .optional()
      .meta({ value: "name", description: 'preset of parameter values; "none" for none; without it the default one' }),
    ...parameterOptions,
    startAt: z
      .string()
      .optional()
      .meta({ value: "schedule", description: "start by itself, like 9:30AM Mon-Fri Europe/Berlin" }),
    stopAfter: Duration.optional().meta({ value: "duration", description: "stop by itself after each start, like 8h" }),
    automaticUpdates: z
      .enum(["always", "never"])
      .default("never")
      .meta({ value: "when", description: "start with the template's active version" }),
    organization,
    noWait: z.boolean().default(false).meta({ description: "return as soon as the build is queued" }),
    output: textOutput,
    yes,
  },
  examples: [
    { what: "Choose template and parameters on the way", line: "hearth create dev" },
    { what: "Ask nothing", line: "hearth create dev --template docker --preset large --yes" },
    { what: "Work hours only", line: 'hearth create dev -t docker --start-at "8:30AM Mon-Fri" --stop-after 9h' },
  ],
  async run(input, means) {
    const { client, out, prompt, clock, env } = means;
    const schedule = input.startAt === undefined ? undefined : cronOf(input.startAt, localZone(env));
    if (input.name !== undefined) ownerAndName(input.name);
    const template = await chooseTemplate(client, input.template, input.organization, prompt, clock.now());
    const versionId = await chooseVersion(client, template, input.templateVersion);
    const params = { templateversion: versionId };
    const [presets, parameters] = await Promise.all([
      client.call(endpoints.templateVersions.listTemplateVersionPresets, { params }),
      client.call(endpoints.templateVersions.listTemplateVersionParameters, { params }),
    ]);
    const name = input.name ?? (await askName(template, prompt));
    const preset = await choosePreset(presets, input.preset, prompt);
    const presetValues = new Map(preset?.Parameters.map((parameter) => [parameter.Name, parameter.Value]));
    const values = await prepareParameters(parameters, input, { previous: undefined, preset: presetValues }, means);

    const { owner, workspace } = ownerAndName(name);
    const startedAtMs = clock.now();
    const created = await client.call(endpoints.workspaces.createWorkspace, {
      params: { user: owner },
      body: {
        template_version_id: versionId,
        name: workspace,
        rich_parameter_values: values,
        automatic_updates: input.automaticUpdates,
        ...(schedule === undefined ? {} : { autostart_schedule: schedule }),
        ...(input.stopAfter === undefined ? {} : { ttl_ms: input.stopAfter }),
        ...(preset === undefined ? {} : { template_version_preset_id: preset.ID }),
      },
    });
    if (input.noWait) {
      if (input.output === "json") out.json(created);
      else out.line(`${fullName(created)} is being created.`);
      return;
    }
    const ready = await finish(created, means);
    if (input.output === "json") out.json(ready);
    else out.line(`${fullName(ready)} is ready: ${howItCame(ready, clock.now() - startedAtMs)}.`);
    out.note(out.noteStyle.dim(`Connect with: hearth ssh ${owner === "me" ? ready.name : fullName(ready)}`));
  },
});

async function finish(created: Workspace, means: Means): Promise<Workspace> {
  await followBuild(created.latest_build, means);
  return await waitUntilReady(created, created.latest_build.id, means);
}

/** How a workspace came to be its owner's, and how long that took; the server's own measure where it has one. */
export function howItCame({ origin }: Pick<Workspace, "origin">, measuredMs: number): string {
  const took = elapsed(origin?.ready_ms ?? measuredMs);
  if (origin === undefined) return `it took ${took}`;
  return origin.how === "claimed" ? `claimed a warm workspace in ${took}` : `built in ${took}`;
}

function cronOf(text: string, zone: string): string {
  const parsed = parseAutostart(text, zone);
  if (!parsed.ok) throw new UsageError(`--start-at: ${parsed.why}`);
  return toCron(parsed.autostart);
}

function ownerAndName(text: string): { owner: string; workspace: string } {
  const reference = parseWorkspaceReference(text);
  if (reference === undefined || reference.agent !== "")
    throw new UsageError(`"${text}" is no name for a workspace, like dev or ada/dev`);
  return reference;
}

async function chooseVersion(client: Client, template: Template, name: string | undefined): Promise<string> {
  return name === undefined ? template.active_version_id : (await resolveVersion(client, template, name)).id;
}

async function askName(template: Template, prompt: Means["prompt"]): Promise<string> {
  const suggestion = `${template.name.slice(0, 27)}-${randomBytes(2).toString("hex")}`;
  return await prompt.text({ message: "What is it called?", flag: "<name>", initial: suggestion });
}
