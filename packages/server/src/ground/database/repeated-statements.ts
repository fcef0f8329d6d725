import type { PoolClient, QueryResult } from "pg";
import pg from "pg";

/** A text that came twice comes again: the first time is left to PostgreSQL's one-time plans. */
const namedFromUse = 2;
/** Beyond this many, texts are made up anew each time (lists of any length), and names for them would only pile up. */
const mostNames = 500;
/** Texts are remembered before they repeat; more than this many at once do not repeat. */
const mostCandidates = 2_000;

/**
 * Names the statements that a process repeats, so that each connection parses and plans them once (PostgreSQL's prepared
 * statements): most of what a claim costs the database is planning. One list of names serves every connection of a pool.
 * @see https://www.postgresql.org/docs/current/sql-prepare.html "Notes"
 */
export class RepeatedStatements {
  readonly #uses = new Map<string, number>();
  readonly #names = new Map<string, string>();
  #next = 0;

  /** The name under which to run the text; undefined while it is to be run as it is. */
  nameOf(text: string): string | undefined {
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    if (!isPreparable(text) || this.#names.size >= mostNames) return undefined;
    const uses = (this.#uses.get(text) ?? 0) + 1;
    if (uses < namedFromUse) {
      if (this.#uses.size >= mostCandidates) this.#uses.clear();
      this.#uses.set(text, uses);
      return undefined;
    }
    this.#uses.delete(text);
    return this.#rename(text);
  }

  /** Says that what was planned under the text's name no longer fits the tables: the next use plans it anew. */
  outdated(text: string): void {
    if (this.#names.has(text)) this.#rename(text);
  }

  #rename(text: string): string {
    const name = `hearth_${this.#next++}`;
    this.#names.set(text, name);
    return name;
  }
}

/** One statement that reads or writes rows: not what begins and ends transactions, and no script of several. */
function isPreparable(text: string): boolean {
  return /^\s*(select|insert|update|delete|with)\b/i.test(text) && !/;\s*\S/.test(text);
}

/** Whether a migration changed a table under a statement that was prepared before it. */
export function isOutdatedPlan(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === "0A000" && error.routine === "RevalidateCachedQuery";
}

type RunQuery = (query: unknown, values?: unknown, callback?: unknown) => Promise<QueryResult> | undefined;

/** Makes a connection run what repeats as prepared statements. Queries that are objects of their own stay as they are. */
export function prepareRepeated(client: PoolClient, statements: RepeatedStatements): void {
  const run = client.query.bind(client) as RunQuery; // its overloads, seen as one
  const query: RunQuery = (text, values, callback) => {
    const name = typeof text === "string" ? statements.nameOf(text) : undefined;
    if (typeof text !== "string" || name === undefined) return run(text, values, callback);
    const named = { name, text, ...(Array.isArray(values) ? { values } : {}) };
    const given = typeof values === "function" ? values : callback;
    if (given !== undefined) return run(named, given);
    return run(named)?.catch(async (error: unknown) => {
      if (!isOutdatedPlan(error)) throw error;
      statements.outdated(text);
      // Nothing was done yet. In a transaction, which is lost by now, this is refused as well: it is tried again as a whole.
      return await (run({ ...named, name: statements.nameOf(text) }) ?? Promise.reject(error)).catch(() => {
        throw error;
      });
    });
  };
  client.query = query as PoolClient["query"]; // the same overloads
}
