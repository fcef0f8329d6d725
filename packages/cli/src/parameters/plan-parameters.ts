import type { TemplateVersionParameter, WorkspaceBuildParameter } from "@hearth/sdk";

export type Values = ReadonlyMap<string, string>;

/** Where values come from. */
export interface ParameterSources {
  readonly file: Values;
  readonly flags: Values;
  readonly ephemeralFlags: Values;
  /** What stands in for a template's own default. */
  readonly defaults: Values;
  /** Of the last build; `undefined` on create. */
  readonly previous: Values | undefined;
  readonly preset: Values;
}

export interface ParameterPlan {
  /** Decided, and to be sent. */
  readonly values: readonly WorkspaceBuildParameter[];
  /** Left open, in the template's order: ask, or take `initial`, or fail where there is none. */
  readonly open: readonly OpenParameter[];
  /** Sentences about what makes no sense; when there are any, nothing is to be sent. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

export interface OpenParameter {
  readonly parameter: TemplateVersionParameter;
  readonly initial: string | undefined;
}

/**
 * Decides each parameter's value: the preset's, else the flag's, else the file's, else the last build's; what is left
 * is open on create, and later only where the template demands a value that the workspace does not have.
 * @see clients, "Preparing parameters"
 */
export function planParameters(
  parameters: readonly TemplateVersionParameter[],
  sources: ParameterSources,
): ParameterPlan {
  const isCreate = sources.previous === undefined;
  const values: WorkspaceBuildParameter[] = [];
  const open: OpenParameter[] = [];
  const warnings: string[] = [];
  for (const parameter of parameters) {
    const { name } = parameter;
    const preset = sources.preset.get(name);
    const asked = parameter.ephemeral
      ? sources.ephemeralFlags.get(name)
      : (sources.flags.get(name) ?? sources.file.get(name));
    if (preset !== undefined && asked !== undefined && asked !== preset) {
      warnings.push(`The preset sets "${name}" to "${preset}"; "${asked}" is not used.`);
    }
    const value = preset ?? asked;
    if (value !== undefined) {
      values.push({ name, value });
      continue;
    }
    if (parameter.ephemeral) continue;
    const before = sources.previous?.get(name);
    if (before !== undefined && isStillOffered(parameter, before)) {
      // What is not sent stays as it was; an immutable one may not even be repeated differently.
      if (parameter.mutable) values.push({ name, value: before });
      continue;
    }
    if (isCreate || parameter.required || before !== undefined || !parameter.mutable) {
      const fallback = sources.defaults.get(name) ?? (parameter.required ? undefined : parameter.default_value);
      open.push({ parameter, initial: fallback });
    }
  }
  return { values, open, warnings, problems: findProblems(parameters, sources) };
}

function isStillOffered(parameter: TemplateVersionParameter, value: string): boolean {
  if (parameter.options.length === 0 || parameter.type === "list(string)") return true;
  return parameter.options.some((option) => option.value === value);
}

function findProblems(parameters: readonly TemplateVersionParameter[], sources: ParameterSources): string[] {
  const byName = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  const known = [...byName.keys()].join(", ");
  const problems: string[] = [];
  for (const [flag, given] of [
    ["--parameter", sources.flags],
    ["--ephemeral-parameter", sources.ephemeralFlags],
    ["--rich-parameter-file", sources.file],
    ["--parameter-default", sources.defaults],
  ] as const) {
    for (const [name, value] of given) {
      const parameter = byName.get(name);
      if (parameter === undefined) {
        problems.push(
          `${flag}: the template has no parameter "${name}"; ${known === "" ? "it has none" : `it has ${known}`}.`,
        );
      } else if (parameter.ephemeral && flag !== "--ephemeral-parameter") {
        problems.push(`${flag}: "${name}" lasts for one build only; give it with --ephemeral-parameter.`);
      } else if (!parameter.ephemeral && flag === "--ephemeral-parameter") {
        problems.push(`${flag}: "${name}" is kept from build to build; give it with --parameter.`);
      } else if (flag === "--parameter" && !parameter.mutable && changes(sources.previous, name, value)) {
        problems.push(`${flag}: "${name}" cannot be changed once the workspace exists.`);
      }
    }
  }
  return problems;
}

function changes(previous: Values | undefined, name: string, value: string): boolean {
  const before = previous?.get(name);
  return before !== undefined && before !== value;
}
