import type { z } from "zod";
import { ApiError } from "@hearth/sdk";

type Issue = z.core.$ZodIssue;

/**
 * The body as its schema has it.
 *
 * What is no JSON, or has another JSON type than a field, is refused with message and detail alone; what breaks a rule is
 * refused with one validation a field, all at once. @see spec/api.md §3
 */
export function parseBody<S extends z.ZodType>(schema: S, bytes: Uint8Array): z.output<S> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new ApiError("bad_json", "Request body must be valid JSON.", {
      cause: error,
      detail: bytes.length === 0 ? "the body is empty" : reasonOf(error),
    });
  }
  return parseValue(schema, value);
}

/** The same for a value that is parsed already. */
export function parseValue<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(withoutNulls(value));
  if (parsed.success) return parsed.data;
  const wrongType = parsed.error.issues.find((issue) => isTypeIssue(issue, value));
  if (wrongType !== undefined) {
    const field = wrongType.path.join(".");
    throw new ApiError("bad_json", "Request body must be valid JSON.", {
      detail: `${field === "" ? "the body" : field}: ${wrongType.message}`,
    });
  }
  throw validationError(parsed.error.issues);
}

export function validationError(issues: readonly Issue[]): ApiError {
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
  if (parsed.success) return parsed.data;
  throw new ApiError("bad_query", "Query parameters have invalid values.", {
    validations: parsed.error.issues.map((issue) => ({ field: String(issue.path[0] ?? ""), detail: issue.message })),
  });
}

/** A null of an optional field counts as not given, at any depth; nulls that a schema wants are put back by its default. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null)
      .map(([name, field]) => [name, withoutNulls(field)]),
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

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
