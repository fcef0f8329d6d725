import { randomUUID } from "node:crypto";
import { ApiError, type CreateTemplateRequest } from "@hearth/sdk";
import { afterCommit, transaction } from "../ground/database/index.ts";
import { givenId, userOf } from "../ground/http/index.ts";
import type { Context, Granted } from "../access/index.ts";
import { findJobs, isActive } from "../jobs/index.ts";
import { everyoneUses } from "./access.ts";
import type { TemplateRow } from "./rows.ts";
import { asNameTaken, findTemplateByName, findTemplateVersion } from "./store.ts";
import { columnsOf, faultsOfTemplate, refuseTemplateFaults } from "./update-template.ts";
import type { TemplateDeps } from "./versions.ts";

/** The settings of a new template, by the names that a change of one gives them. */
function settingsOf(request: CreateTemplateRequest) {
  const {
    dormant_ttl_ms,
    delete_ttl_ms,
    template_use_classic_parameter_flow,
    allow_user_cancel_workspace_jobs,
    disable_everyone_group_access: _,
    ...rest
  } = request;
  const { max_port_share_level, cors_behavior, ...plain } = rest;
  return {
    ...plain,
    time_til_dormant_ms: dormant_ttl_ms,
    time_til_dormant_autodelete_ms: delete_ttl_ms,
    use_classic_parameter_flow: template_use_classic_parameter_flow,
    allow_user_cancel_workspace_jobs: allow_user_cancel_workspace_jobs ?? undefined,
    max_port_share_level: max_port_share_level ?? undefined,
    cors_behavior: cors_behavior ?? undefined,
  };
}

/** @throws ApiError `validation_failed` */
export function refuseNewTemplate(request: CreateTemplateRequest): void {
  refuseTemplateFaults("Validation failed.", [
    ...faultsOfTemplate(settingsOf(request)),
    ["template_version_id", givenId(request.template_version_id) === undefined ? "This field is required." : undefined],
  ]);
}

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
  granted: Granted<"template:create", { readonly organizationId: string }>,
  request: CreateTemplateRequest,
): Promise<TemplateRow> {
  const versionId = givenId(request.template_version_id);
  const { organizationId } = granted.object;
  const { userId } = userOf(granted);
  if ((await findTemplateByName(db, organizationId, request.name)) !== undefined) throw nameTaken(request.name);
  const version = versionId === undefined ? undefined : await findTemplateVersion(db, versionId);
  if (version === undefined || version.organization_id !== organizationId) {
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
    return await transaction(ctx, db, { name: "create_template", clock }, async (tx) => {
      const now = new Date(clock.now());
      const made = await tx
        .insertInto("templates")
        .values({
          id: randomUUID(),
          organization_id: organizationId,
          name: request.name,
          active_version_id: version.id,
          created_by: userId,
          created_at: now,
          updated_at: now,
          max_port_sharing_level: "public",
          group_acl: JSON.stringify(request.disable_everyone_group_access === true ? {} : everyoneUses(organizationId)),
          ...columnsOf(settingsOf(request)),
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
  } catch (error) {
    throw asNameTaken(error, request.name);
  }
}

function nameTaken(name: string): ApiError {
  return new ApiError("name_taken", `Template with name "${name}" already exists.`, {
    validations: [{ field: "name", detail: "This value is already in use and should be unique." }],
  });
}
