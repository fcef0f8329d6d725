import { parseTextList, type Preset, type TemplateVersionParameter, type WorkspaceBuildParameter } from "@hearth/sdk";
import { parameterRules, parameterValueProblem } from "@hearth/sdk/parameter-value";

/** Values by parameter name, as texts: what the API takes. */
export type Values = Readonly<Record<string, string>>;

/** What a preset fixes. */
export function presetValues(preset: Preset | undefined): Values {
  return Object.fromEntries((preset?.Parameters ?? []).map(({ Name, Value }) => [Name, Value]));
}

/** What is asked for: declared, and not fixed by the preset. */
export function openParameters(
  parameters: readonly TemplateVersionParameter[],
  preset: Preset | undefined,
): TemplateVersionParameter[] {
  const fixed = presetValues(preset);
  return parameters.filter(({ name }) => !(name in fixed));
}

/** What stands in a field: what was typed, else the default. */
export function shownValue(parameter: TemplateVersionParameter, typed: Values): string {
  return typed[parameter.name] ?? parameter.default_value;
}

/**
 * What to send: the values of all open parameters as they are shown. A default is sent, too, so that what was seen is
 * what is built; one that is empty and not required is left to the server.
 */
export function requestValues(
  parameters: readonly TemplateVersionParameter[],
  typed: Values,
): WorkspaceBuildParameter[] {
  return parameters
    .map((parameter) => ({ name: parameter.name, value: shownValue(parameter, typed), required: parameter.required }))
    .filter(({ value, required }) => value !== "" || required)
    .map(({ name, value }) => ({ name, value }));
}

/** What the server would refuse of a value, before it is asked; nothing when it is right. */
export function faultOf(parameter: TemplateVersionParameter, value: string): string | undefined {
  return parameterValueProblem(parameterRules(parameter), value);
}

/** A list as the API has it, a JSON array of texts; what is none is an empty list. */
export function readList(value: string): readonly string[] {
  return parseTextList(value) ?? []; // typed by hand into the address, or empty
}

/** `param.region=eu` of the address as values. */
export function valuesOfSearch(search: Record<string, unknown>): Values {
  return Object.fromEntries(
    Object.entries(search).flatMap(([key, value]): [string, string][] =>
      key.startsWith("param.") && typeof value === "string" ? [[key.slice("param.".length), value]] : [],
    ),
  );
}

/** A name that is free: the template's, then with a number. */
export function suggestName(templateName: string, taken: readonly string[]): string {
  const names = new Set(taken.map((name) => name.toLowerCase()));
  const base = templateName.slice(0, 28).replace(/-+$/, "");
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!names.has(name.toLowerCase())) return name;
  }
}
