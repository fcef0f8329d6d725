import type { UpdateChatModelACL } from "@hearth/sdk";
import { withRoles, type Context, type Granted } from "../../access/index.ts";
import { transaction } from "../../ground/database/index.ts";
import { refuseStrangers, refuseWiderShare } from "../../identity/index.ts";
import type { AiDeps } from "../deps.ts";
import type { OfOrganization } from "./edit-models.ts";

/**
 * Gives a model to users and groups, or takes it from them.
 * @throws ApiError `validation_failed` for whoever is not in the model's organization
 */
export async function shareModel(
  ctx: Context,
  { db, clock }: AiDeps,
  { object: { id, organizationId } }: Granted<"chat_model_config:update", OfOrganization>,
  { user_roles, group_roles }: UpdateChatModelACL,
): Promise<void> {
  const shares = {
    users: { field: "user_roles", roles: user_roles },
    groups: { field: "group_roles", roles: group_roles },
  };
  refuseWiderShare(ctx, { type: "chat_model_config", id }, shares);
  await transaction(ctx, db, { name: "share_chat_model", clock }, async (tx) => {
    await refuseStrangers(tx, organizationId, shares);
    const { user_acl, group_acl } = await tx
      .selectFrom("chat_model_configs")
      .select(["user_acl", "group_acl"])
      .where("id", "=", id)
      .forUpdate()
      .executeTakeFirstOrThrow();
    await tx
      .updateTable("chat_model_configs")
      .set({
        user_acl: JSON.stringify(withRoles(user_acl, user_roles)),
        group_acl: JSON.stringify(withRoles(group_acl, group_roles)),
        updated_at: new Date(clock.now()),
      })
      .where("id", "=", id)
      .execute();
  });
}
