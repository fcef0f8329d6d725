import { sql } from "kysely";
import { objectOf } from "../access/index.ts";
import { computed, defineStatement, orNull, sampleId, sampleMs, type Db } from "../ground/database/index.ts";
import type { AccessFacts, WantedFacts } from "../ground/live/index.ts";
import { accessObjects, type AccessObject } from "../views/index.ts";
import { keyOfUserColumns, refreshEveryMs, refreshKeys, toUserActor, type KeyOfUserRow } from "./actor-of-key.ts";

/** A row is of a key or of a thing. */
const findFacts = defineStatement({
  name: "identity.find_access_facts",
  columns: {
    // As JSON what `keyOfUserColumns` selects, which has no instants.
    key: orNull(computed.json<KeyOfUserRow & { readonly is_due: boolean }>()),
    object: orNull(computed.json<AccessObject>()),
  },
  samples: [
    {
      wanted: { keyIds: ["key"], workspaceIds: [sampleId], templateIds: [sampleId], chatIds: [sampleId] },
      nowMs: sampleMs,
    },
  ],
  build: ({ wanted, nowMs }: { wanted: WantedFacts; nowMs: number }) => sql`
    select to_jsonb(held) as key, null::jsonb as object
    from (
      select ${keyOfUserColumns}, (k.last_used < ${new Date(nowMs - refreshEveryMs)} or u.status = 'dormant') as is_due
      from api_keys k join users u on u.id = k.user_id
      where k.id = any(${[...wanted.keyIds]}::text[]) and k.expires_at > ${new Date(nowMs)} and not u.deleted and u.status <> 'suspended'
    ) held
    union all
    select null, thing.object from (${accessObjects(wanted)}) thing`,
});

/**
 * What decides whether things that are open may go on: in one statement for all of them. Keys that would not be let in are
 * left out, and so are things that are gone. A key with something open is in use: it lives on as with every request.
 */
export async function readAccessFacts(db: Db, wanted: WantedFacts, nowMs: number): Promise<AccessFacts> {
  const rows = await findFacts.all(db, { wanted, nowMs });
  const keys = rows.flatMap(({ key }) => (key === null ? [] : [key]));
  const due = keys.filter(({ is_due: isDue }) => isDue).map((key) => key.key_id);
  if (due.length > 0) await refreshKeys(db, due, nowMs);
  return {
    actors: new Map(keys.map((key) => [key.key_id, toUserActor(key)])),
    objects: new Map(rows.flatMap(({ object }) => (object === null ? [] : [[object.id, objectOf(object)] as const]))),
  };
}
