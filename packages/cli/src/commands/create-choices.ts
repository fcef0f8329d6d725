import { endpoints, type Client, type Preset, type Template } from "@hearth/sdk";
import { Failure, UsageError } from "#means/failure.ts";
import type { Prompt } from "#means/prompt.ts";
import { age } from "#output/ages.ts";
import { safeText } from "#output/safe-text.ts";

/**
 * The template of that name; without a name the only one, or the one that the user picks.
 * @throws Failure when there is none, UsageError when one must be named.
 */
export async function chooseTemplate(
  client: Client,
  name: string | undefined,
  organization: string | undefined,
  prompt: Prompt,
  nowMs: number,
): Promise<Template> {
  const inOrganization = organization === undefined ? "" : ` organization:"${organization}"`;
  const q = name === undefined ? inOrganization.trim() : `exact_name:"${name}"${inOrganization}`;
  const templates = await client.call(endpoints.templates.listTemplates, q === "" ? {} : { query: { q } });
  const [only, another] = templates;
  if (only === undefined) {
    if (name === undefined)
      throw new Failure("There is no template yet.", { hint: "Push one with: hearth templates push <directory>" });
    throw new Failure(`There is no template "${name}".`, { hint: "List them with: hearth templates list" });
  }
  if (another === undefined) return only;
  if (name !== undefined) {
    const organizations = templates.map((template) => template.organization_name).join(", ");
    throw new UsageError(`"${name}" is in several organizations (${organizations}); name one with --organization`);
  }
  const chosen = await prompt.select({
    message: "Which template?",
    flag: "--template",
    choices: templates
      .toSorted((a, b) => b.active_user_count - a.active_user_count || a.name.localeCompare(b.name))
      .map((template) => ({
        value: template.id,
        label: safeText(template.display_name || template.name),
        hint: safeText(template.description) || `updated ${age(template.updated_at, nowMs)}`,
      })),
  });
  return templates.find((template) => template.id === chosen) ?? only;
}

/**
 * The preset to create with: the named one, none for `none`, the default one, or what the user picks.
 * @throws UsageError when there is none of that name; it lists them.
 */
export async function choosePreset(
  presets: readonly Preset[],
  name: string | undefined,
  prompt: Prompt,
): Promise<Preset | undefined> {
  if (name === "none") return undefined;
  if (name !== undefined) {
    const named = presets.find((preset) => preset.Name === name);
    if (named !== undefined) return named;
    const names = presets.map((preset) => preset.Name).join(", ");
    throw new UsageError(
      `The template has no preset "${name}"; ${names === "" ? "it has none" : `it has ${names}, or none`}`,
    );
  }
  const standard = presets.find((preset) => preset.Default);
  if (standard !== undefined || presets.length === 0) return standard;
  const chosen = await prompt.select({
    message: "Which preset?",
    flag: "--preset",
    initial: "",
    choices: [
      ...presets.map((preset) => ({
        value: preset.ID,
        label: safeText(preset.Name),
        hint: safeText(preset.Description) || (preset.DesiredPrebuildInstances ? "kept warm" : undefined),
      })),
      { value: "", label: "none", hint: "set every parameter yourself" },
    ],
  });
  return presets.find((preset) => preset.ID === chosen);
}
