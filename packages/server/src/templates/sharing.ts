import { sql } from "kysely";
import type { Clock } from "@hearth/base";
import type * as api from "@hearth/sdk";
import { withRoles, type Context, type Granted, type Thing } from "../access/index.ts";
import { afterCommit, defineStatement, sampleId, transaction, type Db, type Tx } from "../ground/database/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { refuseStrangers, refuseWiderShare } from "../identity/index.ts";

const hide = defineStatement({
  name: "templates.hide_from_everyone",
  columns: {},
  samples: [{ id: sampleId }],
  build: ({ id }: { id: string }) => sql`
    update templates set group_acl = group_acl - organization_id::text where id = ${id}`,
});

/** Takes the group of everyone off the template's list. */
export async function hideFromEveryone(tx: Tx, { object }: Granted<"template:update", Thing>): Promise<void> {
  await hide.run(tx, { id: object.id });
}

/**
 * Gives a template to users and groups, or takes it from them. Who holds something of it open is asked again.
 * @throws ApiError `validation_failed` for whoever is not in the template's organization
 */
export async function shareTemplate(
  ctx: Context,
  { db, clock, pubsub }: { readonly db: Db; readonly clock: Clock; readonly pubsub: PubSub },
  { object: { id, organizationId } }: Granted<"template:update", Thing & { readonly organizationId: string }>,
  { user_perms, group_perms }: api.UpdateTemplateACL,
): Promise<void> {
  const shares = {
    users: { field: "user_perms", roles: user_perms },
    groups: { field: "group_perms", roles: group_perms },
  };
  refuseWiderShare(ctx, { type: "template", id }, shares);
  await transaction(ctx, db, { name: "share_template", clock }, async (tx) => {
    await refuseStrangers(tx, organizationId, shares);
    const { user_acl, group_acl } = await tx
      .selectFrom("templates")
      .select(["user_acl", "group_acl"])
      .where("id", "=", id)
      .forUpdate()
      .executeTakeFirstOrThrow();
    await tx
      .updateTable("templates")
      .set({
        user_acl: JSON.stringify(withRoles(user_acl, user_perms)),
        group_acl: JSON.stringify(withRoles(group_acl, group_perms)),
        updated_at: new Date(clock.now()),
      })
      .where("id", "=", id)
      .execute();
    afterCommit(tx, () => pubsub.publish("object_access", id, {}));
  });
}
