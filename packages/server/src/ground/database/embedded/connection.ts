import pg from "pg";
import { superuser } from "./cluster.ts";

/** How to reach the embedded server. There is no password: the socket's directory is closed to others. */
export interface EmbeddedConnection {
  /** The directory of its socket, as libpq and `pg` understand a host. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

/** PostgreSQL's usual port; without a network it only names the socket. */
export const port = 5432;
/** Ours; `postgres` is left to tools that expect it. */
const database = "hearth";
/** A server that lives answers at once; this only bounds the wait for one that is stopped in its tracks. */
const answerTimeoutMs = 10_000;

export function connectionTo(socketDir: string): EmbeddedConnection {
  return { host: socketDir, port, user: superuser, database };
}

/** As a URL, understood by `pg`, `psql` and `new URL`. Pure. */
export function toConnectionString({ host, port: at, user, database: name }: EmbeddedConnection): string {
  return `postgresql://${user}@localhost:${at}/${name}?host=${encodeURIComponent(host)}&sslmode=disable`;
}

/** The data directory of the server behind the socket; `undefined` when none answers there. */
export async function askDataDirectory(socketDir: string): Promise<string | undefined> {
  try {
    const rows = await query(socketDir, "select setting from pg_settings where name = 'data_directory'");
    const setting: unknown = rows[0]?.["setting"];
    return typeof setting === "string" ? setting : undefined;
  } catch {
    return undefined; // nobody there, or not one who lets us in: in both cases not a server of ours
  }
}

/** Creates our database where it is missing. A server killed in the middle of it leaves none, or a whole one. */
export async function ensureDatabase(socketDir: string): Promise<void> {
  const rows = await query(socketDir, `select 1 from pg_database where datname = '${database}'`);
  if (rows.length === 0) await query(socketDir, `create database ${database}`);
}

async function query(socketDir: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({
    ...connectionTo(socketDir),
    database: "postgres",
    ssl: false,
    connectionTimeoutMillis: answerTimeoutMs,
    query_timeout: answerTimeoutMs,
  });
  // An error that is not the answer to a call, as the server going away: the call that follows tells it.
  client.on("error", () => undefined);
  await client.connect();
  try {
    const result = await client.query<Record<string, unknown>>(text);
    return result.rows;
  } finally {
    await client.end();
  }
}
