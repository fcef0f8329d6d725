import pg from "pg";
import { isOutdatedPlan } from "./repeated-statements.ts";

/**
 * Errors worth another try, by SQLSTATE.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const retryable = new Set([
  "40001", // serialization_failure
  "40P01", // deadlock_detected
]);

/** Whether the same transaction, run again, may succeed. */
export function isRetryable(error: unknown): boolean {
  if (isOutdatedPlan(error)) return true;
  return error instanceof pg.DatabaseError && error.code !== undefined && retryable.has(error.code);
}

/** The name of the unique constraint or index that a statement broke, or undefined when it was something else. */
export function violatedUnique(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError && error.code === "23505" ? error.constraint : undefined;
}

/** The same for foreign keys. */
export function violatedForeignKey(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError && error.code === "23503" ? error.constraint : undefined;
}

/** The name of the check constraint that a statement broke. */
export function violatedCheck(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError && error.code === "23514" ? error.constraint : undefined;
}
