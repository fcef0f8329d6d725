import { sql } from "kysely";
import type { Granted } from "../../access/index.ts";
import {
  commitStatement,
  defineStatement,
  sampleId,
  sampleMs,
  type Acting,
  type Db,
} from "../../ground/database/index.ts";
import type { PubSub } from "../../ground/pubsub/index.ts";
import { announceApplied } from "./announce.ts";
import { chatColumns, type ChatRow } from "./rows.ts";

/** What lets a part of the server take up chats of whoever they are. */
export type WorkGrant = Granted<"chat:update">;

interface Acquisition {
  readonly workerId: string;
  readonly nowMs: number;
  readonly batch: number;
}

/**
 * Takes chats that nobody works on: those whose owner has the fewest at work first, then those that wait longest. Of a
 * replica whose lease is over the chats are nobody's. @see spec/chat.md §6.1
 */
const acquire = defineStatement({
  name: "chats.acquire",
  columns: chatColumns.shape,
  samples: [{ workerId: sampleId, nowMs: sampleMs, batch: 10 }],
  build: ({ workerId, nowMs, batch }: Acquisition) => {
    const now = new Date(nowMs);
    return sql`
    with alive as materialized (select id from live_replicas(${now})),
    waiting as (
      select c.id, c.owner_id, c.updated_at from chats c
      where not c.archived and c.status in ('running', 'interrupting', 'requires_action')
        and (c.worker_id is null or c.worker_id not in (select id from alive))
    ),
    at_work as (
      select c.owner_id, count(*) as chats from chats c
      where not c.archived and c.status in ('running', 'interrupting', 'requires_action')
        and c.worker_id in (select id from alive)
      group by c.owner_id
    ),
    fair as (
      select w.id, coalesce(a.chats, 0) + row_number() over (partition by w.owner_id order by w.updated_at, w.id) as turn, w.updated_at
      from waiting w left join at_work a on a.owner_id = w.owner_id
    ),
    taken as (
      select c.id from chats c join fair f on f.id = c.id
      where not c.archived and c.status in ('running', 'interrupting', 'requires_action')
        and (c.worker_id is null or c.worker_id not in (select id from alive))
      order by f.turn, f.updated_at, c.id limit ${batch} for update of c skip locked
    )
    update chats c set worker_id = ${workerId}, runner_id = gen_random_uuid(), snapshot_version = c.snapshot_version + 1
    from taken where c.id = taken.id returning ${chatColumns.of("c")}`;
  },
});

/** The chats that this worker has from now on, each with a runner of its own. */
export async function acquireChats(
  ctx: Acting,
  { db, pubsub }: { readonly db: Db; readonly pubsub: PubSub },
  _granted: WorkGrant,
  acquisition: Acquisition,
): Promise<ChatRow[]> {
  const ask = { statement: acquire, params: acquisition };
  return await commitStatement(ctx, db, { name: "acquire_chats" }, ask, (rows, committed) => {
    for (const row of rows) announceApplied(committed, pubsub, row, {});
    return rows;
  });
}

const abandon = defineStatement({
  name: "chats.abandon",
  columns: chatColumns.shape,
  samples: [{ workerId: sampleId }],
  build: ({ workerId }: { workerId: string }) => sql`
    update chats c set worker_id = null, runner_id = null, snapshot_version = c.snapshot_version + 1
    where c.worker_id = ${workerId} returning ${chatColumns.of("c")}`,
});

/** Gives up everything that a worker has: others take it at once. */
export async function abandonChats(
  ctx: Acting,
  { db, pubsub }: { readonly db: Db; readonly pubsub: PubSub },
  _granted: WorkGrant,
  workerId: string,
): Promise<number> {
  const ask = { statement: abandon, params: { workerId } };
  return await commitStatement(ctx, db, { name: "abandon_chats" }, ask, (rows, committed) => {
    for (const row of rows) announceApplied(committed, pubsub, row, {});
    return rows.length;
  });
}

const listHeld = defineStatement({
  name: "chats.list_held",
  columns: chatColumns.shape,
  samples: [{ ids: [sampleId] }],
  build: ({ ids }: { ids: readonly string[] }) => sql`
    select ${chatColumns.of("c")} from chats c where c.id = any(${[...ids]}::uuid[])`,
});

/** The rows of these chats: one look for all that a worker has. */
export async function listHeldChats(db: Db, ids: readonly string[]): Promise<ChatRow[]> {
  return await listHeld.all(db, { ids });
}
