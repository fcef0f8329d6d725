import { messageOf } from "@hearth/base";
import type { z } from "zod";
import { ApiError, type ValidationError } from "@hearth/sdk";

type Issue = z.core.$ZodIssue;

/** Bodies of ours have a handful of levels; one of a hundred thousand would end the stack. */
const maxDepth = 64;

/**
 * The body as its schema has it.
 *
 * What is no JSON, or has another JSON type than a field, is refused with message and detail alone; what breaks a rule is
 * refused with one validation a field, all at once. @see spec/api.md §3
 *
 * With `anyText` texts are not looked at: whoever takes them makes them storable.
 */
export function parseBody<S extends z.ZodType>(
  schema: S,
  bytes: Uint8Array,
  { anyText = false }: { anyText?: boolean } = {},
): z.output<S> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new ApiError("bad_json", "Request body must be valid JSON.", {
      cause: error,
      detail: bytes.length === 0 ? "the body is empty" : messageOf(error),
    });
  }
  const parsed = schema.safeParse(withoutNulls(value));
  if (parsed.success) {
    const validations = anyText ? [] : unstorableTexts(parsed.data);
    if (validations.length > 0) throw new ApiError("validation_failed", "Validation failed.", { validations });
    return parsed.data;
  }
  const wrongType = parsed.error.issues.find((issue) => isTypeIssue(issue, value));
  if (wrongType !== undefined) {
    const field = wrongType.path.join(".");
    throw new ApiError("bad_json", "Request body must be valid JSON.", {
      detail: `${field === "" ? "the body" : field}: ${wrongType.message}`,
    });
  }
  throw validationError(parsed.error.issues);
}

function validationError(issues: readonly Issue[]): ApiError {
  const byField = new Map<string, string>();
  for (const issue of issues) {
    const field = issue.path.join(".");
    if (!byField.has(field)) byField.set(field, wordsFor(issue));
  }
  return new ApiError("validation_failed", "Validation failed.", {
    validations: [...byField].map(([field, detail]) => ({ field, detail })),
  });
}

/** The query, every bad parameter named at once. */
export function parseQuery<S extends z.ZodType>(schema: S, query: unknown): z.output<S> {
  const parsed = schema.safeParse(query);
  const validations = parsed.success
    ? unstorableTexts(parsed.data)
    : parsed.error.issues.map((issue) => ({ field: String(issue.path[0] ?? ""), detail: issue.message }));
  if (parsed.success && validations.length === 0) return parsed.data;
  throw new ApiError("bad_query", "Query parameters have invalid values.", { validations });
}

/** Every text, key or value, that PostgreSQL would refuse to store or to look for, by field. */
function unstorableTexts(value: unknown, path: readonly string[] = []): ValidationError[] {
  if (typeof value === "string") {
    const detail = faultOfText(value);
    return detail === undefined ? [] : [{ field: path.join("."), detail }];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    faultOfText(name) === undefined ? unstorableTexts(inner, [...path, name]) : unstorableTexts(name, path),
  );
}

function faultOfText(text: string): string | undefined {
  if (text.includes("\0")) return "must not hold the character U+0000";
  return text.isWellFormed() ? undefined : "must be Unicode text, without halves of a surrogate pair";
}

/** A null of an optional field counts as not given, at any depth; nulls that a schema wants are put back by its default. */
function withoutNulls(value: unknown, depth = 0): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth === maxDepth) {
    throw new ApiError("bad_json", "Request body must be valid JSON.", {
      detail: `the body is nested deeper than ${maxDepth} levels`,
    });
  }
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null)
      .map(([name, field]) => [name, withoutNulls(field, depth + 1)]),
  );
}

function isTypeIssue(issue: Issue, root: unknown): boolean {
  if (issue.code !== "invalid_type") return issue.code === "invalid_union" && at(root, issue.path) !== undefined;
  const given = at(root, issue.path);
  return given !== undefined && given !== null;
}

function at(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key]; // any object may be asked for a key
  }
  return value;
}

function wordsFor(issue: Issue): string {
  if (issue.code === "invalid_type") return "This field is required.";
  return issue.message;
}
