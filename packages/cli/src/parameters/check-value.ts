import type { TemplateVersionParameter } from "@hearth/sdk";

/** What is wrong with a value, said while it is typed; `undefined` when nothing is. The server has the last word. */
export function checkValue(parameter: TemplateVersionParameter, value: string): string | undefined {
  const { options, type, validation_min: min, validation_max: max, validation_regex: regex } = parameter;
  if (parameter.required && value === "") return "A value is needed.";
  if (options.length > 0 && type !== "list(string)" && !options.some((option) => option.value === value)) {
    return `One of: ${options.map((option) => option.value).join(", ")}.`;
  }
  if (type === "bool" && value !== "true" && value !== "false") return "true or false.";
  if (type === "list(string)" && !isTextList(value)) return 'A list in JSON, like ["a", "b"].';
  if (type === "number") {
    const number = Number(value);
    if (value.trim() === "" || !Number.isFinite(number)) return "A number.";
    const isOutside = (min !== undefined && number < min) || (max !== undefined && number > max);
    if (isOutside) return parameter.validation_error || `Between ${min ?? "-∞"} and ${max ?? "∞"}.`;
  }
  if (type === "string" && regex !== undefined && regex !== "" && !matches(regex, value)) {
    return parameter.validation_error || `It must match ${regex}.`;
  }
  return undefined;
}

function isTextList(value: string): boolean {
  try {
    const list: unknown = JSON.parse(value);
    return Array.isArray(list) && list.every((item) => typeof item === "string");
  } catch {
    // No JSON, so no list.
    return false;
  }
}

function matches(regex: string, value: string): boolean {
  try {
    return new RegExp(regex).test(value);
  } catch {
    // Written for another dialect: the server will say.
    return true;
  }
}
