/** What a parameter's value spells, which is text in every request: the number, truth or JSON list of texts in it. */
export type ParameterType = "string" | "number" | "bool" | "list(string)";

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

/** Whether a text is a value of the type. */
export function isOfType(type: ParameterType, text: string): boolean {
  if (type === "number") return parseNumber(text) !== undefined;
  if (type === "bool") return text === "true" || text === "false";
  return type === "string" || parseTextList(text) !== undefined;
}
