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

/** Whether the database had no room for what a statement writes. What it held before is whole. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === "53100"; // disk_full
}

/** Of a server that stops, was killed, or repairs itself. */
const gone = new Set([
  "57P01", // admin_shutdown
  "57P02", // crash_shutdown
  "57P03", // cannot_connect_now
]);
/** Of a connection that cannot be made or breaks, as the kernel says it; a socket's file that is missing is ENOENT. */
const broken = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ENOENT", "ETIMEDOUT", "EHOSTUNREACH"]);
/** The same as `pg` says it, which gives these no code. */
const brokenWords =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/** Whether the database could not be asked at all: the same may succeed once it is back. */
export function isUnreachable(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return error.code !== undefined && gone.has(error.code);
  if (!(error instanceof Error)) return false;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code !== undefined && broken.has(code)) return syscall === "connect" || syscall === "read" || syscall === "write";
  return brokenWords.test(error.message);
}
