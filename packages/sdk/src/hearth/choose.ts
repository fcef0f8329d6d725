import type { Preset } from "../schemas/template-versions.ts";
import type { Template } from "../schemas/templates.ts";
import { ChoiceError } from "./errors.ts";

/** A value of a template's parameter: lists are lists of texts. */
export type ParameterValue = string | number | boolean | readonly string[];

/** The template and preset to make one of, by name; what is left out is decided where there is but one answer. */
export interface WantedWorkspace {
  /** By name. @default the only one there is, or the only one that has the preset */
  readonly template?: string | undefined;
  /** By name; `null` for none. @default the template's default one, or its only one, where it has any */
  readonly preset?: string | null | undefined;
  /** The organization by name, where several have a template of that name. */
  readonly organization?: string | undefined;
}

/** A template that the caller may use, with the presets of its active version. */
export interface Offer {
  readonly template: Pick<Template, "name" | "organization_name" | "active_version_id" | "deprecated">;
  readonly presets: readonly Pick<Preset, "ID" | "Name" | "Default">[];
}

/** The one template, and its preset unless there is to be none. */
export interface Choice {
  readonly template: Offer["template"];
  readonly preset: Offer["presets"][number] | undefined;
}

/**
 * Which template and preset is meant. A preset without a template: that of the only template which has one of the name;
 * neither: the default preset of the only template. Never a guess among several.
 * @throws ChoiceError which lists what there is
 */
export function choose(wanted: WantedWorkspace, offers: readonly Offer[]): Choice {
  const { template: name, preset, organization } = wanted;
  const visible = organization === undefined ? offers : offers.filter((it) => isOf(it, organization));
  const named = visible.filter(({ template }) =>
    name === undefined ? !template.deprecated : same(template.name, name),
  );
  if (named.length === 0) {
    const what = name === undefined ? "There is no template." : `There is no template "${name}".`;
    throw new ChoiceError(what, visible.map(nameOf));
  }
  if (typeof preset === "string" && name === undefined) return theOnlyPreset(preset, named);
  const [only, another] = named;
  if (only === undefined || another !== undefined) {
    const which = name === undefined ? "Which template? Name one." : `Several organizations have "${name}": name one.`;
    throw new ChoiceError(which, named.map(name === undefined ? nameOf : organizationOf));
  }
  return { template: only.template, preset: presetOf(only, preset) };
}

function theOnlyPreset(name: string, offers: readonly Offer[]): Choice {
  const found = offers.flatMap(({ template, presets }) =>
    presets.filter((it) => it.Name === name).map((preset) => ({ template, preset })),
  );
  const [only, another] = found;
  if (only !== undefined && another === undefined) return only;
  if (only !== undefined) {
    throw new ChoiceError(
      `Several templates have a preset "${name}": name the template.`,
      found.map(({ template }) => template.name),
    );
  }
  const all = offers.flatMap(({ template, presets }) => presets.map((it) => `${it.Name} (of ${template.name})`));
  throw new ChoiceError(`No template has a preset "${name}".`, all);
}

function presetOf({ template, presets }: Offer, name: string | null | undefined): Choice["preset"] {
  if (name === null) return undefined;
  if (name !== undefined) {
    const named = presets.find((it) => it.Name === name);
    if (named !== undefined) return named;
    throw new ChoiceError(`Template "${template.name}" has no preset "${name}".`, presets.map(presetName));
  }
  const standard = presets.find((it) => it.Default);
  if (standard !== undefined || presets.length < 2) return standard ?? presets[0];
  throw new ChoiceError(`Which preset of "${template.name}"? None is the default.`, presets.map(presetName));
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
const isOf = ({ template }: Offer, organization: string): boolean => same(template.organization_name, organization);
const nameOf = ({ template }: Offer): string => template.name;
const organizationOf = ({ template }: Offer): string => template.organization_name;
const presetName = ({ Name }: Offer["presets"][number]): string => Name;
