import { PatternError, Patterns } from "./pattern.ts";
import { isOfType, parseNumber, parseTextList, typeRule, type ParameterType } from "./parameter-type.ts";
import type { TemplateVersionParameter } from "./schemas/index.ts";

export { longestPattern, PatternError, Patterns } from "./pattern.ts";

/** What the rules of a value need to know of its parameter. */
export interface ParameterRules {
  readonly type: ParameterType;
  readonly formType: string;
  readonly required: boolean;
  readonly options: readonly { readonly value: string }[];
  readonly validationRegex: string;
  readonly validationError: string;
  readonly validationMin: number | undefined;
  readonly validationMax: number | undefined;
  readonly validationMonotonic: "" | "increasing" | "decreasing";
}

/** The rules of a parameter as the API shows it. */
export function parameterRules(parameter: TemplateVersionParameter): ParameterRules {
  return {
    type: parameter.type,
    formType: parameter.form_type,
    required: parameter.required,
    options: parameter.options,
    validationRegex: parameter.validation_regex ?? "",
    validationError: parameter.validation_error ?? "",
    validationMin: parameter.validation_min,
    validationMax: parameter.validation_max,
    validationMonotonic: parameter.validation_monotonic ?? "",
  };
}

/** What a value is held against besides its own rules. */
export interface ValueContext {
  /** The last build's value, for monotonic parameters. */
  readonly previous?: string | undefined;
  /** Of the pass that looks at this value and others. */
  readonly patterns?: Patterns;
}

/**
 * What is wrong with a value for a parameter, in words for whoever gave it; `undefined` when nothing is.
 *
 * An empty value of a parameter that need not have one
 * is right: its default stands in for it.
 * @see spec/builds.md §4.3, spec/template-language.md "coder_parameter"
 */
export function parameterValueProblem(
  rules: ParameterRules,
  value: string,
  context: ValueContext = {},
): string | undefined {
  if (value === "") return rules.required ? "a value is required" : undefined;
  if (rules.options.length > 0) return optionProblem(rules, value) ?? limitProblem(rules, value, context);
  if (!isOfType(rules.type, value)) return `${JSON.stringify(value)} is not ${typeRule(rules.type)}`;
  return limitProblem(rules, value, context);
}

function optionProblem({ type, formType, options }: ParameterRules, value: string): string | undefined {
  const known = options.map((option) => option.value);
  const listed = known.map((option) => JSON.stringify(option)).join(", ");
  if (type === "list(string)" && formType === "multi-select") {
    const chosen = parseTextList(value);
    if (!chosen) return `${JSON.stringify(value)} is not ${typeRule(type)}`;
    const unknown = chosen.find((element) => !known.includes(element));
    return unknown === undefined ? undefined : `${JSON.stringify(unknown)} is none of the options ${listed}`;
  }
  return known.includes(value) ? undefined : `${JSON.stringify(value)} is none of the options ${listed}`;
}

function limitProblem(rules: ParameterRules, value: string, context: ValueContext): string | undefined {
  if (rules.type === "string") return patternProblem(rules, value, context.patterns ?? new Patterns());
  return rules.type === "number" ? rangeProblem(rules, value, context.previous) : undefined;
}

/** The template's own words where it has some, with `{value}`, `{min}` and `{max}` filled in. */
function inWords(
  { validationError, validationMin: min, validationMax: max }: ParameterRules,
  value: string,
  otherwise: string,
) {
  if (validationError === "") return otherwise;
  return validationError
    .replaceAll("{min}", () => String(min ?? ""))
    .replaceAll("{max}", () => String(max ?? ""))
    .replaceAll("{value}", () => value);
}

function patternProblem(rules: ParameterRules, value: string, patterns: Patterns): string | undefined {
  const { validationRegex: pattern } = rules;
  if (pattern === "") return undefined;
  try {
    if (patterns.test(pattern, value)) return undefined;
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    // A version that was imported while other patterns were taken.
    return `the template's pattern cannot be used: ${error.message}`;
  }
  return inWords(rules, value, `${JSON.stringify(value)} does not match ${JSON.stringify(pattern)}`);
}

function rangeProblem(rules: ParameterRules, value: string, previous: string | undefined): string | undefined {
  const { validationMin: min, validationMax: max, validationMonotonic } = rules;
  if (min === undefined && max === undefined && validationMonotonic === "") return undefined;
  const number = parseNumber(value);
  if (number === undefined || !Number.isInteger(number)) return `${JSON.stringify(value)} is not a whole number`;
  const told = (otherwise: string): string => inWords(rules, value, otherwise);
  if (min !== undefined && number < min) return told(`${value} is less than the least value ${min}`);
  if (max !== undefined && number > max) return told(`${value} is more than the greatest value ${max}`);
  const before = previous === undefined ? undefined : parseNumber(previous);
  if (before === undefined) return undefined;
  if (validationMonotonic === "increasing" && number < before)
    return told(`${value} is less than the last value ${previous}, and it may only grow`);
  if (validationMonotonic === "decreasing" && number > before)
    return told(`${value} is more than the last value ${previous}, and it may only shrink`);
  return undefined;
}
