import { Kysely, PostgresDialect, type Transaction } from "kysely";
import pg from "pg";
import { prepareRepeated, RepeatedStatements } from "./repeated-statements.ts";
import type { Tables } from "./tables.ts";

/** A handle that runs each statement on its own. */
export type Db = Kysely<Tables>;
/** A handle inside a transaction. Functions that need one take this type, so that forgetting it does not compile. */
export type Tx = Transaction<Tables>;

// Durations in nanoseconds and log ids stay below 2^53: numbers are exact.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/**
 * Plans that hold for any values, from a statement's first use on. Otherwise PostgreSQL plans each statement anew, with the
 * values, at least five times on every connection: of a claim that is most of its time. The tests look at these very plans.
 * @see https://www.postgresql.org/docs/current/sql-prepare.html "Notes"
 */
const planOnce = "set plan_cache_mode = force_generic_plan";

export interface ConnectionOptions {
  /** `postgres://…`, also with a socket directory as host. */
  connectionString: string;
  maxConnections: number;
}

/** A pool and the query builder over it. Owns its connections: dispose it last. */
export class Database implements AsyncDisposable {
  readonly db: Db;
  readonly pool: pg.Pool;
  readonly maxConnections: number;
  readonly connectionString: string;

  constructor(options: ConnectionOptions, onConnectionLost: (error: Error) => void) {
    this.connectionString = options.connectionString;
    this.maxConnections = options.maxConnections;
    this.pool = new pg.Pool({
      connectionString: options.connectionString,
      max: options.maxConnections,
      // A claim must not wait for a connection to be made.
      min: Math.min(4, options.maxConnections),
      idleTimeoutMillis: 60_000,
      connectionTimeoutMillis: 10_000,
      application_name: "hearth",
      // Nobody is given the connection before.
      verify: (client, done) => client.query(planOnce, (error) => done(error)),
    });
    // Without a listener the loss of an idle connection would end the process.
    this.pool.on("error", onConnectionLost);
    // The same while it is in use: the statement that runs on it rejects, which is where it is dealt with.
    this.pool.on("connect", (client) => client.on("error", onConnectionLost));
    const statements = new RepeatedStatements();
    this.pool.on("connect", (client) => prepareRepeated(client, statements));
    this.db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: this.pool }) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.db.destroy();
    // Kysely ends the pool only where a statement went through it.
    if (!this.pool.ending) await this.pool.end();
  }
}

/** Opens connections until half of the pool is warm, so that the first requests find them. */
export async function warmPool(database: Database): Promise<void> {
  const count = Math.max(1, Math.ceil(database.maxConnections / 2));
  const clients = await Promise.all(Array.from({ length: count }, () => database.pool.connect()));
  for (const client of clients) client.release();
}
