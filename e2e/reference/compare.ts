import { readFileSync } from "node:fs";

/** A JSON value's kind, as clients tell them apart. */
function kindOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json => kindOf(value) === "object";

/** What every recorded element of a list has; the rest is optional there. */
function common(a: unknown, b: unknown): unknown {
  if (kindOf(a) !== kindOf(b)) return null;
  if (isObject(a) && isObject(b)) {
    return Object.fromEntries(
      Object.keys(a)
        .filter((key) => key in b)
        .map((key) => [key, common(a[key], b[key])]),
    );
  }
  return Array.isArray(a) && Array.isArray(b) ? [...(a as unknown[]), ...(b as unknown[])].slice(0, 4) : a;
}

/** What the recorded answer has and the given one lacks, one sentence each; empty when nothing. Pure. */
export function lacks(wanted: unknown, given: unknown, at = ""): string[] {
  if (wanted === null || wanted === undefined) return [];
  // A text in brackets stands for one that was taken out of the recording.
  if (typeof wanted === "string" && wanted.startsWith("<")) return [];
  if (kindOf(wanted) !== kindOf(given)) {
    if (given === null && Array.isArray(wanted)) return [];
    return [`${at || "body"}: ${kindOf(wanted)} expected, ${kindOf(given)} given`];
  }
  if (Array.isArray(wanted) && Array.isArray(given)) {
    const elements = wanted.filter(isObject);
    if (elements.length === 0 || given.length === 0) return [];
    return lacks(
      elements.reduce<unknown>((sum, element) => common(sum, element), elements[0]),
      given[0],
      `${at}[0]`,
    );
  }
  if (!isObject(wanted) || !isObject(given)) return [];
  return Object.entries(wanted).flatMap(([key, value]) => lacksField(key, value, given, at));
}

function lacksField(key: string, value: unknown, given: Json, at: string): string[] {
  const path = at === "" ? key : `${at}.${key}`;
  if (!(key in given)) {
    const isIncidental = value === null || key === "detail" || /^[0-9a-f-]{36}$/.test(key);
    return isIncidental ? [] : [`${path}: missing`];
  }
  if (key !== "validations") return lacks(value, given[key], path);
  const have = (given[key] as { field: string }[] | undefined)?.map(({ field }) => field) ?? []; // the API's own shape
  return (value as { field: string }[])
    .filter(({ field }) => !have.includes(field))
    .map(({ field }) => `no validation of "${field}"`);
}

/** `docs/compat-differences.txt`: the rows' first two columns, `METHOD path | case`. */
export function wantedDifferences(): ReadonlySet<string> {
  const rows = readFileSync(new URL("../../docs/compat-differences.txt", import.meta.url), "utf8").split("\n");
  return new Set(
    rows
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => line.split(" | ").slice(0, 2).join(" | ")),
  );
}
