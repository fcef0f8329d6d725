import { ApiError, type PatchTemplateVersionRequest } from "@hearth/sdk";
import type { Context, Granted } from "../access/index.ts";
import { transaction } from "../ground/database/index.ts";
import { cancelJob } from "../jobs/index.ts";
import type { TemplateVersionRow } from "./rows.ts";
import { asNameTaken } from "./store.ts";
import type { TemplateDeps } from "./versions.ts";

/** A right on the template of a version; one that has none yet belongs to who made it. */
type VersionGrant = Granted<"template:update">;

/** Changes what is given of name and message. @throws ApiError `name_taken` */
export async function updateVersion(
  { db, clock }: TemplateDeps,
  _granted: VersionGrant,
  version: TemplateVersionRow,
  { name, message }: PatchTemplateVersionRequest,
): Promise<TemplateVersionRow> {
  try {
    return await db
      .updateTable("template_versions")
      .set({
        ...(name === undefined || name === "" ? {} : { name }),
        ...(message === undefined ? {} : { message }),
        updated_at: new Date(clock.now()),
      })
      .where("id", "=", version.id)
      .returningAll()
      .executeTakeFirstOrThrow();
  } catch (error) {
    throw asNameTaken(error, name ?? "");
  }
}

/** Asks the import of a version to stop. @throws ApiError as `cancelJob` */
export async function cancelImport(
  ctx: Context,
  { db, clock, pubsub }: TemplateDeps,
  granted: VersionGrant,
  version: TemplateVersionRow,
): Promise<void> {
  await transaction(ctx, db, { name: "cancel_import", clock }, async (tx) => {
    await cancelJob(tx, pubsub, granted, { jobId: version.job_id, nowMs: clock.now() });
  });
}

/** @throws ApiError `precondition_failed` when it is not archived */
export async function unarchiveVersion(
  { db, clock }: TemplateDeps,
  _granted: VersionGrant,
  version: TemplateVersionRow,
): Promise<void> {
  if (!version.archived) throw new ApiError("precondition_failed", "Template version already unarchived");
  await db
    .updateTable("template_versions")
    .set({ archived: false, updated_at: new Date(clock.now()) })
    .where("id", "=", version.id)
    .execute();
}
