// database: the only truth. Owns connections, migrations and transactions. Promises: a transaction is retried on
// serialization failures at the outermost level; what it announces leaves after its commit. Tables: tables.ts (generated).
export { Database, warmPool, type Db, type Tx } from "./connection.ts";
export type { Acting, ActingAs } from "./acting.ts";
export {
  afterCommit,
  commitStatement,
  contextOf,
  transaction,
  type Committed,
  type TransactionOptions,
} from "./transaction.ts";
export {
  advisoryLocks,
  releaseSessionLock,
  takeLock,
  lockOf,
  takeLockOf,
  tryTakeSessionLock,
  type AdvisoryLock,
} from "./advisory-locks.ts";
export { isDiskFull, isUnreachable, violatedUnique } from "./sql-errors.ts";
export { migrate, migrationsFingerprint, readMigrations } from "./migrate.ts";
export { generateTables } from "./generate-tables.ts";
export { allColumns, someColumns, type CamelJsonRowOf, type JsonRowOf, type RowOf } from "./columns.ts";
export {
  allOrNull,
  computed,
  notNull,
  orNull,
  stored,
  type ResultColumn,
  type RowOfShape,
  type Shape,
} from "./result-columns.ts";
export { sampleBytes, sampleId, sampleMs } from "./samples.ts";
export { defineQuery, defineStatement, type Fragment, type Statement } from "./statement.ts";
export { isWithin, type IdRange } from "./id-range.ts";
export { ChatPart } from "./chat-parts.ts";
export { jobInputs, jsonColumns, type BuildJobInput } from "./json-columns.ts";
export { tableColumns, type Tables } from "./tables.ts";
