import { ApiError } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import type { Db } from "../ground/database/index.ts";
import { givenId } from "../ground/http/index.ts";
import { can, grantIf, hideBeyondKey, objectOf, type Context, type Granted } from "../access/index.ts";
import { refuseFaults } from "../identity/index.ts";
import type { NewWorkspaceObject } from "./access.ts";
import { BuildError } from "./build-error.ts";
import { findCreationFacts, type CreationFacts } from "./creation-facts.ts";
import { faultOfWorkspaceName } from "./names.ts";
import {
  allowedDaysOf,
  faultOfTtl,
  nextAutostartMs,
  parseAutostart,
  ScheduleError,
  ttlToStore,
} from "./schedule/index.ts";

/** Whose the new workspace is. */
export interface Owner {
  readonly id: string;
  readonly username: string;
}

/**
 * What the creation depends on, once it is known that this caller may make this workspace: every refusal of
 * spec/builds.md §5.1 up to the deprecated template, in that order.
 *
 * @throws ApiError, BuildError
 */
export async function getCreationFacts(
  ctx: Context,
  db: Db,
  owner: Owner,
  request: api.CreateWorkspaceRequest,
  organizationId: string | undefined,
  nowMs: number,
): Promise<{ granted: Granted<"workspace:create", NewWorkspaceObject>; facts: CreationFacts }> {
  refuseFaults([["name", faultOfWorkspaceName(request.name)]]);
  // Before the template: a key that makes no workspaces need not see any.
  hideBeyondKey(ctx, "workspace:create", {});
  const versionId = givenId(request.template_version_id);
  const templateId = givenId(request.template_id);
  const facts = await findCreationFacts(db, { templateId, versionId, ownerId: owner.id, name: request.name, nowMs });
  if (facts === undefined) throw refuseUnknown(templateId, versionId);
  const template = objectOf({ ...facts.template, id: facts.templateId, organization_id: facts.organizationId });
  if (!can(ctx, "template:read", template)) throw refuseUnknown(templateId, versionId);
  if (facts.version.isArchived) {
    throw new BuildError("archived_version", "Archived template versions cannot be used to make a workspace.", {
      validations: [{ field: "template_version_id", detail: "template version archived" }],
    });
  }
  if (facts.template.deleted) throw new ApiError("not_found", `Template "${facts.template.name}" has been deleted!`);
  if (organizationId !== undefined && organizationId !== facts.organizationId) {
    throw new ApiError("not_found", `Template "${facts.template.name}" is in another organization.`);
  }
  const workspace = { ownerId: owner.id, organizationId: facts.organizationId };
  const granted = grantIf(ctx, "workspace:create", workspace);
  if (granted === undefined) throw new ApiError("forbidden", `You may not create workspaces for ${owner.username}.`);
  if (!can(ctx, "template:use", template)) {
    throw new ApiError("forbidden", `You may not use the template "${facts.template.name}".`);
  }
  if (facts.template.deprecated !== "") {
    throw new ApiError(
      "precondition_failed",
      `Template "${facts.template.name}" has been deprecated, and cannot be used to create a new workspace.`,
      {
        detail: facts.template.deprecated,
        validations: [{ field: "template_id", detail: facts.template.deprecated }],
      },
    );
  }
  const isOld = facts.version.id !== facts.template.active_version_id;
  if (isOld && facts.template.require_active_version && !can(ctx, "template:update", template)) {
    throw new BuildError("not_active_version", `The template "${facts.template.name}" requires its active version.`);
  }
  return { granted, facts };
}

function refuseUnknown(templateId: string | undefined, versionId: string | undefined): ApiError {
  const [field, what] =
    versionId === undefined
      ? ["template_id", `Template "${templateId ?? ""}"`]
      : ["template_version_id", `Template version "${versionId}"`];
  return new ApiError("validation_failed", `${what} doesn't exist.`, { validations: [{ field, detail: "not found" }] });
}

/** When the new workspace starts and stops by itself. */
export interface PlannedSchedule {
  readonly autostartSchedule: string | null;
  readonly nextStartMs: number | undefined;
  /** Nanoseconds. */
  readonly ttl: number | null;
}

/** Pure. @throws ApiError `validation_failed` on `schedule` or `ttl_ms` */
export function planSchedule(
  request: api.CreateWorkspaceRequest,
  facts: CreationFacts,
  nowMs: number,
): PlannedSchedule {
  const { template } = facts;
  const text = request.autostart_schedule ?? "";
  let nextStartMs: number | undefined;
  if (text !== "") {
    if (!template.allow_user_autostart) throw refuseSchedule("the template does not allow autostart");
    try {
      nextStartMs = nextAutostartMs(parseAutostart(text), allowedDaysOf(template.autostart_block_days_of_week), nowMs);
    } catch (error) {
      if (error instanceof ScheduleError) throw refuseSchedule(error.message);
      throw error;
    }
  }
  const fault = faultOfTtl(request.ttl_ms);
  if (fault !== undefined) {
    throw new ApiError("validation_failed", "Invalid Workspace Time to Shutdown.", {
      validations: [{ field: "ttl_ms", detail: fault }],
    });
  }
  // Where users may not choose, the template's own counts whatever they say.
  const chosen = request.ttl_ms !== undefined && template.allow_user_autostop ? ttlToStore(request.ttl_ms) : undefined;
  const ttl = chosen !== undefined ? chosen : template.default_ttl === 0 ? null : template.default_ttl;
  return { autostartSchedule: text === "" ? null : text, nextStartMs, ttl };
}

function refuseSchedule(detail: string): ApiError {
  return new ApiError("validation_failed", "Invalid Autostart Schedule.", {
    validations: [{ field: "schedule", detail }],
  });
}
