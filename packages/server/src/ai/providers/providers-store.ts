import type { Selectable } from "kysely";
import { defineQuery, sampleId, type Db, type Tables, type Tx } from "../../ground/database/index.ts";
import { findUuid } from "../../ground/http/index.ts";
import type { Granted } from "../../access/index.ts";

export type ProviderRow = Selectable<Tables["ai_providers"]>;

/** A key without what it is. */
export type KeyRow = Pick<
  Selectable<Tables["ai_provider_keys"]>,
  "id" | "ai_provider_id" | "masked" | "position" | "created_at"
>;

export type ProviderWithKeys = ProviderRow & { readonly keys: readonly KeyRow[] };

const findProviders = defineQuery({
  name: "ai.list_providers",
  samples: [{}],
  build: (db) =>
    db
      .selectFrom("ai_providers")
      .selectAll()
      .where((eb) => eb.not("deleted"))
      .orderBy("name"),
});

const findKeys = defineQuery({
  name: "ai.list_provider_keys",
  samples: [{ providerIds: [sampleId] }],
  build: (db, { providerIds }: { providerIds: readonly string[] }) =>
    db
      .selectFrom("ai_provider_keys")
      .select(["id", "ai_provider_id", "masked", "position", "created_at"])
      .where("ai_provider_id", "in", [...providerIds])
      .orderBy("position")
      .orderBy("id"),
});

/** By name, with their keys. */
export async function listProviders(db: Db, _granted: Granted<"ai_provider:read">): Promise<ProviderWithKeys[]> {
  return await withKeys(db, await findProviders(db, {}).execute());
}

/** Those that are there, by name: what every user may know of them is in `to-api-provider.ts`. */
export async function findAllProviders(db: Db | Tx): Promise<ProviderRow[]> {
  return await findProviders(db, {}).execute();
}

/** By id or name, in any letter case. */
export async function findProvider(db: Db | Tx, idOrName: string): Promise<ProviderRow | undefined> {
  const id = findUuid(idOrName);
  return await db
    .selectFrom("ai_providers")
    .selectAll()
    .where((eb) =>
      id === undefined ? eb(eb.fn<string>("lower", ["name"]), "=", idOrName.toLowerCase()) : eb("id", "=", id),
    )
    .where((eb) => eb.not("deleted"))
    .executeTakeFirst();
}

export async function withKeys(db: Db | Tx, rows: readonly ProviderRow[]): Promise<ProviderWithKeys[]> {
  if (rows.length === 0) return [];
  const keys = await findKeys(db, { providerIds: rows.map(({ id }) => id) }).execute();
  return rows.map((row) => ({ ...row, keys: keys.filter((key) => key.ai_provider_id === row.id) }));
}
