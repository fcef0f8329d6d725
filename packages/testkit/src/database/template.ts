import pg from "pg";
import { silentLogger } from "@hearth/base";
import { migrate, migrationsFingerprint } from "@hearth/server/database";

/** One at a time makes the template, where several runs share a server. Any number that nothing else uses. */
const templateLock = 7_301_942;

/**
 * The database that has all migrations, made when the server has none of this text. Resolves with its name, which
 * carries the migrations' fingerprint, so that runs of several versions can share a server.
 */
export async function ensureTemplate(connectionString: string): Promise<string> {
  const template = `hearth_template_${await migrationsFingerprint()}`;
  const admin = new pg.Client({ connectionString });
  await admin.connect();
  try {
    await admin.query("select pg_advisory_lock($1)", [templateLock]);
    const found = await admin.query("select from pg_database where datname = $1", [template]);
    if (found.rowCount === 0) await makeTemplate(admin, connectionString, template);
    return template;
  } finally {
    await admin.end(); // and with it the lock
  }
}

/** Under another name until it is complete, so that a run that was killed leaves no half-migrated template. */
async function makeTemplate(admin: pg.Client, connectionString: string, template: string): Promise<void> {
  const half = `${template}_half`;
  await admin.query(`drop database if exists ${half} with (force)`);
  await admin.query(`create database ${half}`);
  const pool = new pg.Pool({ connectionString: withDatabase(connectionString, half), max: 1 });
  try {
    await migrate(pool, silentLogger);
  } finally {
    await pool.end();
  }
  await admin.query(`alter database ${half} rename to ${template}`);
}

/** The connection string with another database. Pure. */
export function withDatabase(connectionString: string, database: string): string {
  const url = new URL(connectionString);
  url.pathname = `/${database}`;
  return url.href;
}
