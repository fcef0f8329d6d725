import type { ParameterDeclaration } from "@hearth/provisioner";

/** What of a declaration a value is checked against. */
export type ValueRules = Pick<
  ParameterDeclaration,
  | "type"
  | "formType"
  | "options"
  | "validationRegex"
  | "validationError"
  | "validationMin"
  | "validationMax"
  | "validationMonotonic"
>;

/**
 * What is wrong with a value, as one sentence; undefined when nothing is. `previous` is what the last build had, for
 * values that may only grow or shrink. Pure. @see spec/builds.md §4.3
 */
export function faultOfValue(rules: ValueRules, value: string, previous: string | undefined): string | undefined {
  return (
    faultOfType(rules, value) ??
    faultOfOption(rules, value) ??
    faultOfRange(rules, value) ??
    faultOfPattern(rules, value) ??
    faultOfDirection(rules, value, previous)
  );
}

/** The elements of a `list(string)`, or undefined when the text is no JSON array of strings. */
export function parseList(value: string): string[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    return undefined; // no JSON: the caller says so
  }
  const isList = Array.isArray(parsed) && parsed.every((element) => typeof element === "string");
  return isList ? (parsed as string[]) : undefined; // every element was looked at
}

function faultOfType({ type }: ValueRules, value: string): string | undefined {
  switch (type) {
    case "string":
      return undefined;
    case "number":
      return isNumber(value) ? undefined : `Parameter value is not of type "number"; "${value}" is not a number`;
    case "bool":
      return value === "true" || value === "false"
        ? undefined
        : `Parameter value is not of type "bool"; "${value}" is not a bool`;
    case "list(string)":
      return parseList(value) === undefined
        ? `Parameter value is not of type "list(string)"; "${value}" is not a JSON list of strings`
        : undefined;
  }
}

/** Decimal, as people write it: no hexadecimal, no blanks, no infinity. */
function isNumber(value: string): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value) && Number.isFinite(Number(value));
}

function faultOfOption({ type, formType, options }: ValueRules, value: string): string | undefined {
  if (options.length === 0) return undefined;
  const known = options.map((option) => option.value);
  const isMultiple = type === "list(string)" && formType === "multi-select";
  const chosen = isMultiple ? (parseList(value) ?? [value]) : [value];
  const missing = chosen.filter((element) => !known.includes(element));
  if (missing.length === 0) return undefined;
  return `Value must be a valid option; ${missing.map((element) => `"${element}"`).join(", ")} is not one of ${known.join(", ")}`;
}

function faultOfRange(rules: ValueRules, value: string): string | undefined {
  const { type, validationMin, validationMax } = rules;
  if (type !== "number") return undefined;
  const number = Number(value);
  if (validationMin !== undefined && validationMax !== undefined) {
    if (number >= validationMin && number <= validationMax) return undefined;
    return invalid(rules, value, `${value} is outside ${validationMin} to ${validationMax}`);
  }
  if (validationMin !== undefined && number < validationMin) {
    return invalid(rules, value, `${value} is less than ${validationMin}`);
  }
  if (validationMax !== undefined && number > validationMax) {
    return invalid(rules, value, `${value} is more than ${validationMax}`);
  }
  return undefined;
}

function faultOfPattern(rules: ValueRules, value: string): string | undefined {
  const { type, validationRegex } = rules;
  if (validationRegex === "" || type !== "string") return undefined;
  let pattern: RegExp;
  try {
    pattern = new RegExp(validationRegex, "u");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `The template's pattern cannot be used: ${reason}`;
  }
  return pattern.test(value) ? undefined : invalid(rules, value, `"${value}" does not match ${validationRegex}`);
}

function faultOfDirection(rules: ValueRules, value: string, previous: string | undefined): string | undefined {
  const { type, validationMonotonic } = rules;
  if (validationMonotonic === "" || type !== "number" || previous === undefined || !isNumber(previous))
    return undefined;
  const isWrong =
    validationMonotonic === "increasing" ? Number(value) < Number(previous) : Number(value) > Number(previous);
  if (!isWrong) return undefined;
  const word = validationMonotonic === "increasing" ? "equal or greater" : "equal or lower";
  return invalid(rules, value, `it must be ${word} than the previous value ${previous}`);
}

/** The template's own text where it has one; `{value}`, `{min}` and `{max}` in it are filled in. */
function invalid(rules: ValueRules, value: string, reason: string): string {
  if (rules.validationError === "") return `Invalid parameter value according to 'validation' block; ${reason}`;
  return rules.validationError
    .replaceAll("{value}", value)
    .replaceAll("{min}", String(rules.validationMin ?? ""))
    .replaceAll("{max}", String(rules.validationMax ?? ""));
}
