import { sql } from "kysely";
import { objectOf } from "../access/index.ts";
import type { Db } from "../ground/database/index.ts";
import type { AccessFacts, WantedFacts } from "../ground/live/index.ts";
import { accessObjects, type AccessObjectRow } from "../views/index.ts";
import { keyOfUserColumns, refreshEveryMs, refreshKeys, toUserActor, type KeyOfUserRow } from "./actor-of-key.ts";

type FactRow = { readonly kind: "key"; readonly facts: KeyOfUserRow & { readonly is_due: boolean } } | AccessObjectRow;

/**
 * What decides whether things that are open may go on: in one statement for all of them. Keys that would not be let in are
 * left out, and so are things that are gone. A key with something open is in use: it lives on as with every request.
 */
export async function readAccessFacts(db: Db, wanted: WantedFacts, nowMs: number): Promise<AccessFacts> {
  const now = new Date(nowMs);
  const { rows } = await sql<FactRow>`
    select 'key' as kind, to_jsonb(held) as facts
    from (
      select ${keyOfUserColumns}, (k.last_used < ${new Date(nowMs - refreshEveryMs)} or u.status = 'dormant') as is_due
      from api_keys k join users u on u.id = k.user_id
      where k.id = any(${[...wanted.keyIds]}::text[]) and k.expires_at > ${now} and not u.deleted and u.status <> 'suspended'
    ) held
    union all
    (${accessObjects(wanted)})`.execute(db);
  const keys = rows.flatMap((row) => (row.kind === "key" ? [row.facts] : []));
  const due = keys.filter(({ is_due: isDue }) => isDue).map((key) => key.key_id);
  if (due.length > 0) await refreshKeys(db, due, nowMs);
  return {
    actors: new Map(keys.map((key) => [key.key_id, toUserActor(key)])),
    objects: new Map(
      rows.flatMap((row) => (row.kind === "object" ? [[row.facts.id, objectOf(row.facts)] as const] : [])),
    ),
  };
}
