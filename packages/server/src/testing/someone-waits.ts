import { sql } from "kysely";
import type { Db } from "../ground/database/index.ts";

/** Looks until a statement in this database waits for a row that another transaction has locked. */
export async function someoneWaitsForALock(db: Db): Promise<void> {
  for (;;) {
    const { rows } = await sql`
      select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
    if (rows.length > 0) return;
  }
}
