import { parseNumber, type Value } from "../expressions/index.ts";
import type { ParameterDeclaration, ParameterType } from "../protocol.ts";

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

/** A parameter's or variable's text as a value of its type; `undefined` when it is none. */
export function typedValue(type: ParameterType, text: string): Value | undefined {
  switch (type) {
    case "string":
      return text;
    case "number":
      return parseNumber(text);
    case "bool":
      return text === "true" ? true : text === "false" ? false : undefined;
    case "list(string)":
      return parseTextList(text);
  }
}

/** What a value of the type looks like, for messages. */
export function typeRule(type: ParameterType): string {
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

/** What the rules of a value need of its parameter. */
export type ParameterRules = Pick<
  ParameterDeclaration,
  | "type"
  | "formType"
  | "required"
  | "options"
  | "validationRegex"
  | "validationError"
  | "validationMin"
  | "validationMax"
  | "validationMonotonic"
>;

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
  if (typedValue(rules.type, value) === undefined) return `${JSON.stringify(value)} is not ${typeRule(rules.type)}`;
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
