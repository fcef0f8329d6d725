import type { TemplateVersionParameter } from "./schemas/index.ts";

/** The number that a text spells in decimal notation, or `undefined`. */
export function parseNumber(text: string): number | undefined {
  if (!/^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*$/.test(text)) return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}

/** The list that a `list(string)` value spells: a JSON array of texts. `undefined` for anything else. */
export function parseTextList(text: string): readonly string[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined; // not JSON is one way of not being a list
  }
  return Array.isArray(parsed) && parsed.every((element) => typeof element === "string") ? parsed : undefined;
}

/** What a value of the type looks like, for messages. */
export function typeRule(type: ParameterRules["type"]): string {
  switch (type) {
    case "string":
      return "a text";
    case "number":
      return "a number";
    case "bool":
      return "true or false";
    case "list(string)":
      return 'a JSON array of texts, such as ["a","b"]';
  }
}

/** A parameter's pattern. Those written for other dialects may escape what Unicode mode refuses. @throws SyntaxError */
export function parameterRegex(pattern: string): RegExp {
  try {
    return new RegExp(pattern, "u");
  } catch {
    return new RegExp(pattern); // throws in its turn when it is no expression at all
  }
}

/** What the rules of a value need to know of its parameter. */
export interface ParameterRules {
  readonly type: "string" | "number" | "bool" | "list(string)";
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

function isOfType(type: ParameterRules["type"], text: string): boolean {
  if (type === "number") return parseNumber(text) !== undefined;
  if (type === "bool") return text === "true" || text === "false";
  return type === "string" || parseTextList(text) !== undefined;
}

/**
 * What is wrong with a value for a parameter, in words for whoever gave it; `undefined` when nothing is.
 *
 * `previous` is the last build's value, for monotonic parameters. An empty value of a parameter that need not have one
 * is right: its default stands in for it.
 * @see spec/builds.md §4.3, spec/template-language.md "coder_parameter"
 */
export function parameterValueProblem(rules: ParameterRules, value: string, previous?: string): string | undefined {
  if (value === "") return rules.required ? "a value is required" : undefined;
  if (rules.options.length > 0) return optionProblem(rules, value) ?? limitProblem(rules, value, previous);
  if (!isOfType(rules.type, value)) return `${JSON.stringify(value)} is not ${typeRule(rules.type)}`;
  return limitProblem(rules, value, previous);
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

function limitProblem(rules: ParameterRules, value: string, previous: string | undefined): string | undefined {
  if (rules.type === "string") return patternProblem(rules, value);
  return rules.type === "number" ? rangeProblem(rules, value, previous) : undefined;
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

function patternProblem(rules: ParameterRules, value: string): string | undefined {
  const { validationRegex: pattern } = rules;
  if (pattern === "") return undefined;
  try {
    if (parameterRegex(pattern).test(value)) return undefined;
  } catch (error) {
    return `the template's pattern cannot be used: ${error instanceof Error ? error.message : String(error)}`;
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
