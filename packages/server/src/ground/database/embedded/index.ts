// The PostgreSQL that Hearth brings along, for machines that have none. Promises: durable, no network, no password to
// keep; survives Hearth's sudden death and is taken over by the next one; errors are one line for the operator.
export type { EmbeddedConnection } from "./connection.ts";
export { lockDataDir, type DataDirLock } from "./data-dir-lock.ts";
export { DataDirLockedError, EmbeddedPostgresError } from "./errors.ts";
export { startEmbeddedPostgres, type EmbeddedPostgres, type EmbeddedPostgresOptions } from "./start.ts";
