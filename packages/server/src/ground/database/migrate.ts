import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type pg from "pg";
import type { Logger } from "@hearth/base";
import { advisoryLocks, releaseSessionLock, takeSessionLock } from "./advisory-locks.ts";

export interface Migration {
  /** From the file's name: `0007_chats.sql` is 7. */
  number: number;
  name: string;
  sql: string;
  /** SHA-256 of the text: a file that changed after it ran is refused. */
  hash: string;
  /** First line `-- no transaction`: for what PostgreSQL cannot do inside one, such as building an index concurrently. */
  ownTransaction: boolean;
}

const directory = join(import.meta.dirname, "migrations");

/** The migrations of this version, in order. @throws Error when two share a number or one is missing. */
export async function readMigrations(from: string = directory): Promise<Migration[]> {
  const files = (await readdir(from)).filter((file) => file.endsWith(".sql")).sort();
  return await Promise.all(
    files.map(async (name, index) => {
      const number = Number(/^(\d{4})_[a-z0-9_]+\.sql$/.exec(name)?.[1]);
      if (number !== index + 1)
        throw new Error(`Migration ${name} should be number ${index + 1}: they count up from 1.`);
      const sql = await readFile(join(from, name), "utf8");
      const hash = createHash("sha256").update(sql).digest("hex");
      return { number, name, sql, hash, ownTransaction: sql.startsWith("-- no transaction") };
    }),
  );
}

/**
 * Brings the database to this version: file by file, each in its own transaction, under an advisory lock, so that
 * replicas that start together do it once. Running it again does nothing.
 *
 * @throws Error when a file that ran has changed since, or the database is of a newer version.
 */
export async function migrate(pool: pg.Pool, log: Logger, migrations?: Migration[]): Promise<{ ran: number }> {
  const files = migrations ?? (await readMigrations());
  const client = await pool.connect();
  try {
    await takeSessionLock(client, "migrations");
    await client.query(`create table if not exists schema_migrations (
      number integer constraint schema_migrations_pkey primary key, name text not null, hash text not null, ran_at timestamptz not null)`);
    const done = await client.query<{ number: number; name: string; hash: string }>(
      "select number, name, hash from schema_migrations order by number",
    );
    for (const row of done.rows) {
      const file = files[row.number - 1];
      if (file === undefined) {
        throw new Error(
          `The database is of a newer version (migration ${row.name}): run that version, or restore a backup.`,
        );
      }
      if (file.hash !== row.hash) throw new Error(`Migration ${file.name} was changed after it ran: restore its text.`);
    }
    const pending = files.slice(done.rows.length);
    for (const file of pending) {
      const record = "insert into schema_migrations (number, name, hash, ran_at) values ($1, $2, $3, now())";
      if (file.ownTransaction) {
        await client.query(file.sql);
        await client.query(record, [file.number, file.name, file.hash]);
      } else {
        await client.query("begin");
        try {
          await client.query(record, [file.number, file.name, file.hash]);
          await client.query(file.sql);
          await client.query("commit");
        } catch (error) {
          await client.query("rollback");
          throw new Error(`Migration ${file.name} failed; nothing of it was kept.`, { cause: error });
        }
      }
      log.debug({ migration: file.name }, "migrated");
    }
    return { ran: pending.length };
  } finally {
    await releaseSessionLock(client, "migrations");
    client.release();
  }
}

/** Changes whenever a migration does: for databases that are cloned from a migrated template. */
export async function migrationsFingerprint(): Promise<string> {
  const files = await readMigrations();
  const hash = createHash("sha256").update(String(advisoryLocks.migrations));
  for (const file of files) hash.update(file.hash);
  return hash.digest("hex").slice(0, 16);
}
