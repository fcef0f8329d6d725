import { sql, type Selectable } from "kysely";
import { columnsOf, objectOf, toPredicate, type Action, type GrantedList } from "../../access/index.ts";
import {
  allColumns,
  defineStatement,
  sampleId,
  type Db,
  type Fragment,
  type Tables,
  type Tx,
} from "../../ground/database/index.ts";

export type ModelRow = Selectable<Tables["chat_model_configs"]>;

/** What permissions on a model are asked for. */
export const modelObject = (row: ModelRow) => objectOf(row);

/** Whom a new model is for, until its list says otherwise. */
export const everyoneReads = (organizationId: string): ModelRow["group_acl"] => ({ [organizationId]: ["read"] });

const modelColumns = allColumns("chat_model_configs");

const findModels = defineStatement({
  name: "ai.list_models",
  columns: modelColumns.shape,
  samples: [{ organizationId: sampleId, seen: sql`true` }],
  build: ({ organizationId, seen }: { organizationId: string; seen: Fragment }) => sql`
    select ${modelColumns.of("m")} from chat_model_configs m
    where m.organization_id = ${organizationId} and not m.deleted and ${seen}
    order by m.is_default desc, m.created_at, m.id`,
});

/** Those of an organization in reach, default first. */
export async function listModels(
  db: Db,
  granted: GrantedList<Action & `chat_model_config:${string}`>,
  organizationId: string,
): Promise<ModelRow[]> {
  const seen = toPredicate(granted, columnsOf("m", { isOwned: false }));
  return await findModels.all(db, { organizationId, seen });
}

export async function findModel(
  db: Db | Tx,
  by: { readonly id: string; readonly organizationId: string },
): Promise<ModelRow | undefined> {
  return await db
    .selectFrom("chat_model_configs")
    .selectAll()
    .where("id", "=", by.id)
    .where("organization_id", "=", by.organizationId)
    .where((eb) => eb.not("deleted"))
    .executeTakeFirst();
}
