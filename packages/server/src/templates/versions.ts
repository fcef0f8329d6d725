import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import type { z } from "zod";
import { ApiError } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import type { Clock } from "@hearth/base";
import type { ArchiveThreads } from "@hearth/provisioner";
import {
  afterCommit,
  defineStatement,
  sampleId,
  sampleMs,
  stored,
  transaction,
  type Db,
} from "../ground/database/index.ts";
import type { Room } from "../ground/disk/index.ts";
import { givenId, userOf } from "../ground/http/index.ts";
import { authorize, type Context, type Granted, type Thing } from "../access/index.ts";
import { idsOfOwners, refuseFaults, type OrganizationRow } from "../identity/index.ts";
import { anywhere, findJobs, insertJob, jobPriority, noteWait } from "../jobs/index.ts";
import { isVersionUsed } from "../views/index.ts";
import type { PubSub } from "../ground/pubsub/index.ts";
import { authorizeNewTemplate, templateObject, type NewVersionGrant } from "./access.ts";
import { readExample } from "./examples.ts";
import { findFile, storeExample } from "./file-store.ts";
import type { ImportSecrets } from "./import-kind.ts";
import { languageOfFile } from "./language-of-file.ts";
import { randomName } from "./random-name.ts";
import type { TemplateRow, TemplateVersionRow } from "./rows.ts";
import { asNameTaken, findTemplate, type ListedVersion } from "./store.ts";
import { toApiVersions } from "./to-api.ts";

export interface TemplateDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly pubsub: PubSub;
  /** What is told to imports in confidence is sealed with it. */
  readonly sealKey: Buffer;
  /** Reads what is uploaded, beside the event loop. */
  readonly archives: ArchiveThreads;
  /** Of the disk; without it there always is. */
  readonly room?: Room | undefined;
}

const namePattern = /^[a-zA-Z0-9]+(?:[_.-]{1}[a-zA-Z0-9]+)*$/;
const longestMessage = 1024 * 1024;

/** What is wrong with a version's name. */
export function faultOfVersionName(name: string): string | undefined {
  if (name.length > 64) return `must be at most 64 characters, not ${name.length}`;
  if (!namePattern.test(name))
    return `"${name}" must be letters and digits, with single dots, dashes or underscores between them`;
  return undefined;
}

/** Finds out what a new version is to be of, and asks for the right to it. @throws ApiError `validation_failed`, `not_found` */
export async function authorizeNewVersion(
  ctx: Context,
  db: Db,
  organization: Pick<OrganizationRow, "id">,
  request: api.CreateTemplateVersionRequest,
): Promise<NewVersionGrant> {
  const { name = "" } = request;
  refuseFaults([
    ["name", name === "" ? undefined : faultOfVersionName(name)],
    ["message", (request.message ?? "").length > longestMessage ? "must be at most 1 MiB" : undefined],
  ]);
  const templateId = givenId(request.template_id);
  const template = templateId === undefined ? undefined : await findTemplate(db, templateId);
  const isThere = template !== undefined && !template.deleted && template.organization_id === organization.id;
  if (templateId !== undefined && !isThere) {
    throw new ApiError("not_found", "Template does not exist.", {
      validations: [{ field: "template_id", detail: "unknown" }],
    });
  }
  if (template === undefined) return authorizeNewTemplate(ctx, organization);
  return authorize(ctx, "template:update", templateObject(template));
}

/**
 * Makes a version of an uploaded archive, or of an example, and queues its import. Gives it as it was made: its import
 * waits, though a worker may have begun by now. @see spec/builds.md §3.1
 */
export async function createVersion(
  ctx: Context,
  deps: TemplateDeps,
  granted: NewVersionGrant,
  request: api.CreateTemplateVersionRequest,
): Promise<api.TemplateVersion> {
  const { db, clock, pubsub } = deps;
  const { organizationId } = granted.object;
  const { userId } = userOf(granted);
  const name = request.name === undefined || request.name === "" ? randomName() : request.name;
  await deps.room?.require("A new template version");
  const fileId = await fileOf(ctx, deps, granted, request);
  const language = await languageOfFile(deps, fileId, ctx.signal);
  const versionId = randomUUID();
  const secrets: z.infer<typeof ImportSecrets> = { variables: request.user_variable_values ?? [] };
  try {
    const version = await transaction(ctx, db, { name: "create_version", clock }, async (tx) => {
      const nowMs = clock.now();
      const job = await insertJob(tx, pubsub, granted, {
        organizationId,
        initiatorId: userId,
        type: "template_version_import",
        fileId,
        input: { template_version_id: versionId },
        secrets: { key: deps.sealKey, value: secrets },
        tags: request.tags ?? {},
        requires: { ...anywhere, language },
        priority: jobPriority.human,
        nowMs,
      });
      const version = await tx
        .insertInto("template_versions")
        .values({
          id: versionId,
          template_id: "id" in granted.object ? granted.object.id : null,
          organization_id: organizationId,
          name,
          message: request.message ?? "",
          job_id: job.id,
          created_by: userId,
          source_example_id: request.example_id === undefined || request.example_id === "" ? null : request.example_id,
          created_at: new Date(nowMs),
          updated_at: new Date(nowMs),
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      const [made] = await toApiVersions(tx, [version], nowMs);
      if (made === undefined) throw new Error("a template version vanished while it was made");
      return made;
    });
    if (version.matched_provisioners?.available === 0) await noteWait(ctx, deps, granted, version.job.id);
    return version;
  } catch (error) {
    throw asNameTaken(error, name);
  }
}

async function fileOf(
  ctx: Context,
  deps: TemplateDeps,
  granted: NewVersionGrant,
  request: api.CreateTemplateVersionRequest,
): Promise<string> {
  const fileId = givenId(request.file_id);
  if (fileId !== undefined) {
    const file = await findFile(deps.db, fileId);
    if (file === undefined) throw new ApiError("not_found", "File not found.");
    return authorize(ctx, "file:read", { id: file.id, ownerId: file.createdBy }).object.id;
  }
  const example = await readExample(request.example_id ?? "");
  if (example === undefined) {
    throw new ApiError("validation_failed", `There is no example "${request.example_id}".`, {
      validations: [{ field: "example_id", detail: "is none of GET /api/v2/templates/examples" }],
    });
  }
  return (await storeExample(ctx, deps, granted, example)).id;
}

/**
 * Makes a version the one that new workspaces get, and keeps who did. Nothing happens when the caller made it so already;
 * where somebody else did, the caller answers for it from now on, but for what an owner of the deployment promoted.
 * @throws ApiError `precondition_failed` for another template's or an archived version, `forbidden` for one whose import
 *   did not succeed
 */
export async function promoteVersion(
  ctx: Context,
  { db, clock, pubsub }: TemplateDeps,
  { actor, object }: Granted<"template:update", Thing>,
  template: Pick<TemplateRow, "active_version_id">,
  version: TemplateVersionRow | undefined,
): Promise<void> {
  if (version === undefined) throw new ApiError("not_found", "Template version not found.");
  if (version.template_id !== object.id) {
    throw new ApiError(
      "precondition_failed",
      "The provided template version doesn't belong to the specified template.",
    );
  }
  if (version.archived) {
    throw new ApiError("precondition_failed", "The provided template version is archived: unarchive it first.");
  }
  const job = (await findJobs(db, [version.job_id])).get(version.job_id);
  if (job === undefined || job.job_status !== "succeeded") {
    throw new ApiError("forbidden", "Only versions that have been built successfully can be promoted.", {
      detail: `The import of "${version.name}" is ${job === undefined ? "gone" : job.job_status}.`,
    });
  }
  const promoterId = actor.kind === "user" ? actor.userId : null;
  if (template.active_version_id === version.id && version.promoted_by === promoterId) return;
  await transaction(ctx, db, { name: "promote_version", clock }, async (tx) => {
    await tx
      .updateTable("templates")
      .set({ active_version_id: version.id, updated_at: new Date(clock.now()) })
      .where("id", "=", object.id)
      .execute();
    await keepPromoter.run(tx, { versionId: version.id, promoterId });
    afterCommit(tx, () => pubsub.publish("template", object.id, {}));
    afterCommit(tx, () => pubsub.publish("prebuilds_wake", "", { cause: "template_promoted" }));
  });
}

/**
 * Who answers for the version from now on: whoever promotes it, but for an owner of the deployment who did before. What an
 * owner let run stays so when somebody else makes it active again.
 */
const keepPromoter = defineStatement({
  name: "templates.keep_promoter",
  columns: {},
  // Owners are few and in no index of their own; a promotion is rare.
  mayScan: ["users"],
  samples: [{ versionId: sampleId, promoterId: sampleId }],
  build: ({ versionId, promoterId }: { versionId: string; promoterId: string | null }) => sql`
    update template_versions v set promoted_by = case
      when v.promoted_by in (${idsOfOwners}) and coalesce(${promoterId}::uuid not in (${idsOfOwners}), true)
      then v.promoted_by else ${promoterId}::uuid end
    where v.id = ${versionId}`,
});

/** Archives a version. @throws ApiError `precondition_failed` when it is active or a workspace uses it */
export async function archiveVersion(
  { db, clock }: TemplateDeps,
  granted: Granted<"template:update">,
  version: ListedVersion,
): Promise<void> {
  if (version.archived) throw new ApiError("precondition_failed", "Template version already archived");
  const template = version.template_id === null ? undefined : await findTemplate(db, version.template_id);
  if (template?.active_version_id === version.id) {
    throw new ApiError("precondition_failed", "The active version cannot be archived: promote another one first.", {
      detail: `"${version.name}" is the active version of "${template.name}".`,
    });
  }
  const archived = await archiveUnused(db, granted, [version.id], clock.now());
  if (archived.length === 0) {
    throw new ApiError("precondition_failed", "The version is in use by a workspace and cannot be archived.", {
      detail: `Update or delete the workspaces that run "${version.name}" first.`,
    });
  }
}

const archive = defineStatement({
  name: "templates.archive_unused",
  columns: { id: stored("template_versions.id") },
  samples: [{ versionIds: [sampleId], nowMs: sampleMs }],
  build: ({ versionIds, nowMs }: { versionIds: readonly string[]; nowMs: number }) => sql`
    update template_versions v set archived = true, updated_at = ${new Date(nowMs)}
    where v.id = any(${[...versionIds]}::uuid[]) and not v.archived and not ${isVersionUsed}
    returning v.id`,
});

/** Archives those of the versions that no workspace's latest build has; gives their ids. */
export async function archiveUnused(
  db: Db,
  _granted: Granted<"template:update">,
  versionIds: readonly string[],
  nowMs: number,
): Promise<string[]> {
  if (versionIds.length === 0) return [];
  return (await archive.all(db, { versionIds, nowMs })).map((row) => row.id);
}
