import { randomUUID } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";
import { systemClock } from "@hearth/base";
import "./global-setup.ts"; // declares what is injected
import { withDatabase } from "./template.ts";

/** A database of a test's own. Disposing drops it, cutting whoever is still connected. */
export interface TestDatabase extends AsyncDisposable {
  readonly name: string;
  readonly connectionString: string;
}

export interface TestDatabaseOptions {
  /** `migrated`: with all tables, and the rows that migrations insert. `empty`: for tests of the migrations. @default migrated */
  readonly from?: "migrated" | "empty";
}

/**
 * A new database on the run's server, in tens of milliseconds. `await using database = await createTestDatabase();`
 *
 * Works in test files of the projects `database`, `deployment` and `browser` (`*.db.test.ts` and so on).
 */
export async function createTestDatabase({ from = "migrated" }: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const postgres = inject("postgres");
  // Vitest gives undefined, whatever the type says, where the project has no such global setup.
  if ((postgres as typeof postgres | undefined) === undefined) {
    throw new Error(
      "There is no test server here: name the file *.db.test.ts, so that it runs in the project database.",
    );
  }
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  const template = from === "migrated" ? postgres.template : "template0";
  // Copying files beats copying pages through the log tenfold: there is nothing in the cache that is worth keeping.
  await runAsAdmin(postgres.connectionString, `create database ${name} template ${template} strategy file_copy`);
  return {
    name,
    connectionString: withDatabase(postgres.connectionString, name),
    [Symbol.asyncDispose]: () => dropDatabase(postgres.connectionString, name),
  };
}

/** A pool that was ended says so before its last connections are closed; cutting those would look like a failure. */
const leaveTakingMs = 2_000;
const lookEveryMs = 5;

async function dropDatabase(connectionString: string, name: string): Promise<void> {
  const admin = new pg.Client({ connectionString });
  await admin.connect();
  try {
    for (let waitedMs = 0; waitedMs < leaveTakingMs; waitedMs += lookEveryMs) {
      const connected = await admin.query("select from pg_stat_activity where datname = $1", [name]);
      if (connected.rowCount === 0) break;
      await systemClock.sleep(lookEveryMs);
    }
    await admin.query(`drop database if exists ${name} with (force)`);
  } finally {
    await admin.end();
  }
}

async function runAsAdmin(connectionString: string, statement: string): Promise<void> {
  const admin = new pg.Client({ connectionString });
  await admin.connect();
  try {
    await admin.query(statement);
  } finally {
    await admin.end();
  }
}
