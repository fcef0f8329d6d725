/** What stands after the question mark: texts by name, as they are (the router's own form quotes them as JSON). */
export function readSearch(search: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search));
}

/** The other way; what is undefined is left out. */
export function writeSearch(search: Record<string, unknown>): string {
  const given = Object.entries(search).flatMap(([name, value]): [string, string][] =>
    typeof value === "string" ? [[name, value]] : typeof value === "number" ? [[name, value.toString()]] : [],
  );
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}

/** A text that was given, or undefined. */
export function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** One of these words, or undefined. */
export function choice<const T extends string>(choices: readonly T[], value: unknown): T | undefined {
  return choices.find((known) => known === value);
}
