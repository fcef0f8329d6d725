import type { z } from "zod";

/**
 * A rule that looks at several fields, told at one of them. Checked even when other fields are at fault, so that all
 * faults of a request come in one answer.
 */
export function rule<S extends z.ZodObject>(
  schema: S,
  holds: (value: Record<string, unknown>) => boolean,
  fields: readonly string[],
  message: string,
): S {
  return fields.reduce(
    (checked, field) =>
      checked.refine(
        (value) => typeof value !== "object" || value === null || holds(value as Record<string, unknown>),
        {
          path: [field],
          error: message,
          when: () => true,
        },
      ),
    schema,
  );
}

/** Whether an optional id or text was given: the all-zero UUID and the empty text are not. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "" && value !== "00000000-0000-0000-0000-000000000000";
}
