import type { z } from "zod";
import { didYouMean } from "../expressions/index.ts";
import type { ManifestDocument } from "./document.ts";
import type { ManifestProblem, Path } from "./problem.ts";

type Issue = z.core.$ZodIssue;

/**
 * What the schema found, as problems of the file: every unknown key for itself, each with what is allowed there.
 * `data` is what the schema looked at, when that is not the file as it stands.
 */
export function explainIssues(
  document: ManifestDocument,
  schema: z.ZodType,
  issues: readonly Issue[],
  data: unknown = document.data,
): ManifestProblem[] {
  return issues.flatMap((issue) => explain(document, schema, issue, data));
}

function explain(document: ManifestDocument, schema: z.ZodType, issue: Issue, data: unknown): ManifestProblem[] {
  const path = issue.path.filter((part) => typeof part !== "symbol");
  const value = valueAt(data, path);
  const name = String(path.at(-1) ?? "");
  const description = schemaAt(schema, path)?.description ?? "";
  switch (issue.code) {
    case "unrecognized_keys": {
      const known = keysOf(schemaAt(schema, path));
      return issue.keys.map((key) =>
        document.problem([...path, key], `"${key}" is not known here.${didYouMean(key, known)}`, {
          allowed: known.join(", "),
          at: "key",
        }),
      );
    }
    case "invalid_key":
      return [
        document.problem(path, `The key "${name}" ${issue.issues[0]?.message ?? "is not allowed"}.`, { at: "key" }),
      ];
    case "invalid_type":
      if (value === undefined) return [document.problem(path, `"${name}" is missing.`, { allowed: description })];
      if (value === null) {
        return [
          document.problem(path, `"${name}" is empty; give it a value or leave it out.`, {
            allowed: description,
            at: "key",
          }),
        ];
      }
      return [
        document.problem(
          path,
          `Must be ${issue.message.startsWith("must be ") ? issue.message.slice(8) : typeWords(issue.expected)}, not ${valueWords(value)}.`,
        ),
      ];
    case "too_small":
    case "too_big": {
      if (issue.message.startsWith("must ")) return [document.problem(path, capital(sentence(issue.message)))];
      const isMost = issue.code === "too_big";
      const limit = String(isMost ? issue.maximum : issue.minimum);
      const unit = issue.origin === "string" ? " characters" : issue.origin === "array" ? " items" : "";
      return [
        document.problem(path, `Must ${unit === "" ? "be" : "have"} at ${isMost ? "most" : "least"} ${limit}${unit}.`),
      ];
    }
    case "invalid_union":
    case "invalid_value":
    case "invalid_format":
    case "not_multiple_of":
    case "invalid_element":
    case "custom": {
      if (value === undefined) return [document.problem(path, `"${name}" is missing.`, { allowed: description })];
      if (value === null) {
        return [
          document.problem(path, `"${name}" is empty; give it a value or leave it out.`, {
            allowed: description,
            at: "key",
          }),
        ];
      }
      const meant =
        issue.code === "invalid_value" && typeof value === "string" ? didYouMean(value, issue.values.map(String)) : "";
      return [
        document.problem(path, `${capital(valueWords(value))} is not allowed; it ${sentence(issue.message)}${meant}`),
      ];
    }
  }
}

function sentence(message: string): string {
  return message.endsWith(".") ? message : `${message}.`;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function typeWords(expected: string): string {
  const names: Readonly<Record<string, string>> = {
    string: "a text",
    number: "a number",
    int: "a whole number",
    boolean: "true or false",
    array: "a list",
    object: "a map",
    record: "a map",
  };
  return names[expected] ?? expected;
}

function valueWords(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  if (typeof value === "boolean") return `the value ${value}`;
  return `the number ${JSON.stringify(value)}`;
}

function valueAt(data: unknown, path: Path): unknown {
  let at = data;
  for (const part of path) {
    if (typeof at !== "object" || at === null) return undefined;
    at = (at as Record<string | number, unknown>)[part]; // an object or array, both can be indexed so
  }
  return at;
}

/** The schema of what stands at the path; `undefined` where the schema does not say. */
function schemaAt(schema: z.ZodType, path: Path): z.ZodType | undefined {
  let at: z.ZodType | undefined = schema;
  for (const part of path) {
    const inner: z.core.$ZodTypeDef | undefined = at && unwrap(at)._zod.def;
    if (inner === undefined) return undefined;
    if ("shape" in inner) at = (inner.shape as Record<string, z.ZodType>)[part];
    else if ("element" in inner && typeof part === "number") at = inner.element as z.ZodType;
    else return undefined;
  }
  return at;
}

function keysOf(schema: z.ZodType | undefined): string[] {
  const def = schema && unwrap(schema)._zod.def;
  return def && "shape" in def ? Object.keys(def.shape as Record<string, unknown>) : [];
}

/** Past `optional` and `nullable`. zod types its definitions by kind; `in` tells which one this is. */
function unwrap(schema: z.ZodType): z.ZodType {
  const def = schema._zod.def;
  return "innerType" in def ? unwrap(def.innerType as z.ZodType) : schema;
}
