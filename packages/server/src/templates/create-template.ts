import { randomUUID } from "node:crypto";
import { ApiError, type CreateTemplateRequest } from "@hearth/sdk";
import { afterCommit, transaction } from "../ground/database/index.ts";
import { givenId } from "../ground/http/index.ts";
import { authorize, type Context, type Granted } from "../access/index.ts";
import { type OrganizationRow } from "../identity/index.ts";
import { findJobs, isActive } from "../jobs/index.ts";
import { everyoneUses, newTemplateObject } from "./access.ts";
import type { TemplateRow } from "./rows.ts";
import { asNameTaken, findTemplateByName, findTemplateVersion } from "./store.ts";
import { columnsOf, faultsOfTemplate, refuseTemplateFaults } from "./update-template.ts";
import type { TemplateDeps } from "./versions.ts";

/**
 * Makes a template of a version that has none yet. A taken name is found first.
 *
 * @throws ApiError `name_taken`, `not_found` for an unknown version, `not_acceptable` while its import runs,
 *   `validation_failed` when it failed
 * @see spec/builds.md §3.1 [P]
 */
export async function createTemplate(
  ctx: Context,
  { db, clock, pubsub }: TemplateDeps,
  organization: OrganizationRow,
  userId: string,
  request: CreateTemplateRequest,
): Promise<{ granted: Granted<"template:create">; template: TemplateRow }> {
  const {
    dormant_ttl_ms,
    delete_ttl_ms,
    template_use_classic_parameter_flow,
    allow_user_cancel_workspace_jobs,
    disable_everyone_group_access,
    ...rest
  } = request;
  const { max_port_share_level, cors_behavior, ...plain } = rest;
  const settings = {
    ...plain,
    time_til_dormant_ms: dormant_ttl_ms,
    time_til_dormant_autodelete_ms: delete_ttl_ms,
    use_classic_parameter_flow: template_use_classic_parameter_flow,
    allow_user_cancel_workspace_jobs: allow_user_cancel_workspace_jobs ?? undefined,
    max_port_share_level: max_port_share_level ?? undefined,
    cors_behavior: cors_behavior ?? undefined,
  };
  const versionId = givenId(request.template_version_id);
  refuseTemplateFaults("Validation failed.", [
    ...faultsOfTemplate(settings),
    ["template_version_id", versionId === undefined ? "This field is required." : undefined],
  ]);
  const granted = authorize(ctx, "template:create", newTemplateObject(organization));
  if ((await findTemplateByName(db, organization.id, request.name)) !== undefined) throw nameTaken(request.name);
  const version = versionId === undefined ? undefined : await findTemplateVersion(db, versionId);
  if (version === undefined || version.organization_id !== organization.id) {
    throw new ApiError("not_found", `Template version "${request.template_version_id}" does not exist.`, {
      validations: [{ field: "template_version_id", detail: "Template version does not exist" }],
    });
  }
  const job = (await findJobs(db, [version.job_id])).get(version.job_id);
  if (job !== undefined && isActive(job)) {
    throw new ApiError("not_acceptable", `The import of "${version.name}" has not finished: wait for it.`, {
      validations: [{ field: "template_version_id", detail: "its import has not finished" }],
    });
  }
  if (job === undefined || job.job_status !== "succeeded") {
    throw new ApiError(
      "validation_failed",
      `The import of "${version.name}" did not succeed: push a version that does.`,
      {
        detail: job?.error ?? undefined,
        validations: [{ field: "template_version_id", detail: "its import did not succeed" }],
      },
    );
  }
  if (version.template_id !== null) {
    throw new ApiError("validation_failed", `"${version.name}" belongs to another template already.`, {
      validations: [{ field: "template_version_id", detail: "belongs to another template already" }],
    });
  }
  try {
    const template = await transaction(ctx, db, { name: "create_template", clock }, async (tx) => {
      const now = new Date(clock.now());
      const made = await tx
        .insertInto("templates")
        .values({
          id: randomUUID(),
          organization_id: organization.id,
          name: request.name,
          active_version_id: version.id,
          created_by: userId,
          created_at: now,
          updated_at: now,
          max_port_sharing_level: "public",
          group_acl: JSON.stringify(disable_everyone_group_access === true ? {} : everyoneUses(organization.id)),
          ...columnsOf(settings),
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      const taken = await tx
        .updateTable("template_versions")
        .set({ template_id: made.id, promoted_by: userId, updated_at: now })
        .where("id", "=", version.id)
        .where("template_id", "is", null)
        .returning("id")
        .executeTakeFirst();
      if (taken === undefined) throw new ApiError("conflict", "The version was taken by another template just now.");
      afterCommit(tx, () => pubsub.publish("template", made.id, {}));
      afterCommit(tx, () => pubsub.publish("prebuilds_wake", "", { cause: "template_created" }));
      return made;
    });
    return { granted, template };
  } catch (error) {
    throw asNameTaken(error, request.name);
  }
}

function nameTaken(name: string): ApiError {
  return new ApiError("name_taken", `Template with name "${name}" already exists.`, {
    validations: [{ field: "name", detail: "This value is already in use and should be unique." }],
  });
}
