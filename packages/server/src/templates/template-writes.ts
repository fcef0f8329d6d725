import { ApiError, type UpdateTemplateMeta } from "@hearth/sdk";
import type { Context, Granted, Thing } from "../access/index.ts";
import { afterCommit, transaction } from "../ground/database/index.ts";
import { hasWorkspaces } from "../views/index.ts";
import type { TemplateRow } from "./rows.ts";
import { hideFromEveryone } from "./sharing.ts";
import { asNameTaken } from "./store.ts";
import { columnsOf } from "./update-template.ts";
import type { TemplateDeps } from "./versions.ts";

/** @throws ApiError `name_taken` */
export async function updateTemplate(
  ctx: Context,
  { db, clock, pubsub }: TemplateDeps,
  granted: Granted<"template:update", Thing>,
  request: UpdateTemplateMeta,
): Promise<TemplateRow> {
  const { id } = granted.object;
  const hidesFromEveryone = request.disable_everyone_group_access === true;
  try {
    return await transaction(ctx, db, { name: "update_template", clock }, async (tx) => {
      afterCommit(tx, () => pubsub.publish("template", id, {}));
      if (hidesFromEveryone) {
        await hideFromEveryone(tx, granted);
        afterCommit(tx, () => pubsub.publish("object_access", id, {}));
      }
      afterCommit(tx, () => pubsub.publish("prebuilds_wake", "", { cause: "template_changed" }));
      return await tx
        .updateTable("templates")
        .set({
          ...columnsOf(request),
          ...(request.name === undefined ? {} : { name: request.name }),
          updated_at: new Date(clock.now()),
        })
        .where("id", "=", id)
        .returningAll()
        .executeTakeFirstOrThrow();
    });
  } catch (error) {
    throw asNameTaken(error, request.name ?? "");
  }
}

/** @throws ApiError `precondition_failed` while a workspace of it is there */
export async function deleteTemplate(
  ctx: Context,
  { db, clock, pubsub }: TemplateDeps,
  { object: { id } }: Granted<"template:delete", Thing>,
): Promise<void> {
  await transaction(ctx, db, { name: "delete_template", isolation: "repeatable read", clock }, async (tx) => {
    if (await hasWorkspaces(tx, { templateId: id })) {
      throw new ApiError("precondition_failed", "All workspaces must be deleted before a template can be removed.");
    }
    await tx
      .updateTable("templates")
      .set({ deleted: true, updated_at: new Date(clock.now()) })
      .where("id", "=", id)
      .execute();
    afterCommit(tx, () => pubsub.publish("template", id, {}));
    afterCommit(tx, () => pubsub.publish("prebuilds_wake", "", { cause: "template_deleted" }));
  });
}
