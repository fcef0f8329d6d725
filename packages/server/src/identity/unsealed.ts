import { sql } from "kysely";
import { messageOf } from "@hearth/base";
import type { Context } from "../access/index.ts";
import type { SealOld } from "../ground/lifecycle/index.ts";
import { computed, defineStatement, takeLock, transaction, type Db } from "../ground/database/index.ts";

/** So many in one transaction: few enough to be in memory. */
const batch = 20;

const hasPages = defineStatement({
  name: "identity.unsealed_has_pages",
  columns: { is_there: computed.boolean },
  samples: [{}],
  build: () => sql`select pg_relation_size('unsealed') > 0 as is_there`,
});

const giveBackPages = defineStatement({
  name: "identity.empty_unsealed",
  columns: {},
  samples: [{}],
  build: () => sql`truncate unsealed`,
});

/**
 * Seals what an earlier release stored open and a migration moved aside, a few at a time, before anything of it is asked
 * for. Ended in the middle, it goes on at the next call; servers that start at once take turns. In the end the pages are
 * given back, or the open bytes would lie in the database's files for a while.
 * @throws Error that names what could not be sealed, and why
 */
export async function sealUnsealed(ctx: Context, db: Db, sealers: Readonly<Record<string, SealOld>>): Promise<void> {
  let sealed = 0;
  for (;;) {
    const count = await sealSome(ctx, db, sealers);
    sealed += count;
    if (count === 0) break;
  }
  if (sealed > 0) ctx.log.info({ rows: sealed }, "sealed what an earlier release stored open");
}

async function sealSome(ctx: Context, db: Db, sealers: Readonly<Record<string, SealOld>>): Promise<number> {
  let at: string | undefined;
  try {
    return await transaction(ctx, db, { name: "seal_unsealed" }, async (tx) => {
      at = undefined;
      await takeLock(tx, "sealing");
      const rows = await tx.selectFrom("unsealed").selectAll().limit(batch).execute();
      for (const { kind, id, content } of rows) {
        at = `${kind} of ${id}`;
        const seal = sealers[kind];
        if (seal === undefined) throw new Error("no part of this server seals that kind");
        await seal(tx, id, content);
        await tx.deleteFrom("unsealed").where("kind", "=", kind).where("id", "=", id).execute();
      }
      at = undefined;
      if (rows.length === 0 && (await hasPages.first(tx, {}))?.is_there === true) await giveBackPages.run(tx, {});
      return rows.length;
    });
  } catch (cause) {
    if (at === undefined) throw cause;
    const what = `What an earlier release stored open as ${at} could not be sealed`;
    throw new Error(`${what}: ${messageOf(cause)}`, { cause });
  }
}
