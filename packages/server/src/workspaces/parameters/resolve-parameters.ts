import type { NameValue, ParameterDeclaration } from "@hearth/provisioner";
import { parameterValueProblem, Patterns } from "@hearth/sdk/parameter-value";
import type * as api from "@hearth/sdk";

export interface ParameterSources {
  readonly declared: readonly ParameterDeclaration[];
  /** Of the chosen preset, if there is one; they win over everything. */
  readonly preset: readonly NameValue[] | undefined;
  /** Of the request. Of a name given twice the last one counts. */
  readonly given: readonly NameValue[];
  /** Of the last build, whatever became of it; undefined before the first one. */
  readonly previous: readonly NameValue[] | undefined;
}

export interface ResolvedParameters {
  /** One for each declared parameter, in the order of declaration. */
  readonly values: readonly NameValue[];
  /** All of them at once, each with its parameter as the field. */
  readonly faults: readonly api.ValidationError[];
}

/**
 * The values that a start is built with: the preset's, else the request's, else the last build's (not of ephemeral
 * parameters), else the default. Names that are not declared are left out. Pure. @see spec/builds.md §4.2, §4.3
 */
export function resolveParameters(sources: ParameterSources): ResolvedParameters {
  const lookUp = sourcesByName(sources);
  const patterns = new Patterns();
  const values: NameValue[] = [];
  const faults: api.ValidationError[] = [];
  for (const parameter of sources.declared) {
    const { chosen, previous } = lookUp(parameter);
    // An optional parameter that was left empty means its default.
    const given = chosen === "" && !parameter.required ? undefined : chosen;
    const value = given ?? previous ?? parameter.defaultValue;
    values.push({ name: parameter.name, value });
    const fault = faultOf(parameter, { chosen, value, previous, patterns });
    if (fault !== undefined) faults.push({ field: parameter.name, detail: fault });
  }
  return { values, faults };
}

/**
 * The values for a stop or delete, which no parameter may ever prevent: the last build's, else the default. What is given
 * counts where it is sound, and is passed over where it is not. Pure. @see spec/builds.md P-2
 */
export function keepParameters(sources: ParameterSources): readonly NameValue[] {
  const lookUp = sourcesByName(sources);
  const patterns = new Patterns();
  return sources.declared.map((parameter) => {
    const { chosen, previous } = lookUp(parameter);
    const isSound =
      chosen !== undefined && faultOf(parameter, { chosen, value: chosen, previous, patterns }) === undefined;
    return { name: parameter.name, value: (isSound ? chosen : previous) ?? parameter.defaultValue };
  });
}

function sourcesByName({ preset, given, previous }: ParameterSources) {
  const chosenByName = new Map([...given, ...(preset ?? [])].map(({ name, value }) => [name, value]));
  const previousByName = new Map((previous ?? []).map(({ name, value }) => [name, value]));
  return (parameter: ParameterDeclaration) => ({
    chosen: chosenByName.get(parameter.name),
    previous: parameter.ephemeral ? undefined : previousByName.get(parameter.name),
  });
}

function faultOf(
  parameter: ParameterDeclaration,
  {
    chosen,
    value,
    previous,
    patterns,
  }: { chosen: string | undefined; value: string; previous: string | undefined; patterns: Patterns },
): string | undefined {
  if (!parameter.mutable && previous !== undefined && value !== previous) {
    return `Parameter is not mutable; it was "${previous}" and cannot become "${value}"`;
  }
  if (parameter.required && (chosen ?? previous) === undefined) {
    return "Required parameter not provided; parameter value is null";
  }
  if (value === "") {
    if (parameter.required) return "Required parameter not provided; its value is empty";
    // An optional one without a default: there is nothing to check.
    if (parameter.defaultValue === "") return undefined;
  }
  return parameterValueProblem(parameter, value, { previous, patterns });
}
