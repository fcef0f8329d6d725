import type { Selectable } from "kysely";
import type { Granted, Thing } from "../../access/index.ts";
import type { Db, Tables } from "../../ground/database/index.ts";
import type { AiDeps } from "../deps.ts";
import type { Override } from "./choose-override.ts";

export type OrganizationOverrideRow = Selectable<Tables["chat_organization_model_overrides"]>;
export type UserOverrideRow = Selectable<Tables["chat_user_model_overrides"]>;

export async function findOrganizationOverrides(db: Db, organizationId: string): Promise<OrganizationOverrideRow[]> {
  return await db
    .selectFrom("chat_organization_model_overrides")
    .selectAll()
    .where("organization_id", "=", organizationId)
    .execute();
}

export async function findUserOverrides(
  db: Db,
  by: { readonly organizationId: string; readonly userId: string },
): Promise<UserOverrideRow[]> {
  return await db
    .selectFrom("chat_user_model_overrides")
    .selectAll()
    .where("organization_id", "=", by.organizationId)
    .where("user_id", "=", by.userId)
    .execute();
}

/** Keeps what an organization uses for one purpose; undefined: nothing of its own. */
export async function putOrganizationOverride(
  { db }: AiDeps,
  { object: { organizationId } }: Granted<"chat_model_config:update", { readonly organizationId: string }>,
  context: OrganizationOverrideRow["context"],
  override: Override | undefined,
): Promise<void> {
  if (override === undefined) {
    await db
      .deleteFrom("chat_organization_model_overrides")
      .where("organization_id", "=", organizationId)
      .where("context", "=", context)
      .execute();
    return;
  }
  const values = { model_config_id: override.modelConfigId, reasoning_effort: override.effort };
  await db
    .insertInto("chat_organization_model_overrides")
    .values({ organization_id: organizationId, context, ...values })
    .onConflict((conflict) => conflict.columns(["organization_id", "context"]).doUpdateSet(values))
    .execute();
}

/** Keeps what a member uses for one purpose. */
export async function putUserOverride(
  { db }: AiDeps,
  { object: { id: userId } }: Granted<"user:update_personal", Thing>,
  { organizationId, context }: { readonly organizationId: string; readonly context: UserOverrideRow["context"] },
  { mode, override }: { readonly mode: UserOverrideRow["mode"]; readonly override: Override | undefined },
): Promise<void> {
  const values = {
    mode,
    model_config_id: override?.modelConfigId ?? null,
    reasoning_effort: override?.effort ?? null,
  };
  await db
    .insertInto("chat_user_model_overrides")
    .values({ user_id: userId, organization_id: organizationId, context, ...values })
    .onConflict((conflict) => conflict.columns(["user_id", "organization_id", "context"]).doUpdateSet(values))
    .execute();
}
