import { ApiError } from "@hearth/sdk";
import type { Db, Tx } from "../ground/database/index.ts";
import { findUuid, parseUuid } from "../ground/http/index.ts";
import {
  authorize,
  notFoundMessage,
  objectOf,
  type Action,
  type Context,
  type Granted,
  type Thing,
} from "../access/index.ts";
import { getOrganization } from "../identity/index.ts";
import type { TemplateRow, TemplateVersionRow } from "./rows.ts";
import {
  findListedVersion,
  findTemplate,
  findTemplateByName,
  findTemplateVersion,
  findVersionByName,
  type ListedVersion,
} from "./store.ts";

export type FoundTemplate = TemplateRow & { readonly granted: Granted<"template:read", Thing> };
export type FoundVersion = TemplateVersionRow & { readonly granted: Granted<"template:read"> };

/** On the archive of a job. */
export function authorizeFile(
  ctx: Context,
  job: { readonly file_id: string; readonly organization_id: string },
): Granted<"file:read", Thing> {
  return authorize(ctx, "file:read", { id: job.file_id, organizationId: job.organization_id });
}

/** What permissions on a template are asked for. */
export function templateObject(template: Pick<TemplateRow, "id" | "organization_id" | "user_acl" | "group_acl">) {
  return objectOf(template);
}

/** The groups that a new template is for, unless who makes it says otherwise. */
export function everyoneUses(organizationId: string): TemplateRow["group_acl"] {
  return { [organizationId]: ["use"] };
}

/** What permissions on a template that is not there yet are asked for. */
function newTemplateObject({ id }: { readonly id: string }) {
  return { organizationId: id, groupAcl: everyoneUses(id) };
}

/** A right to make a version: of a template that is there, or of one that will be in the organization. */
export type NewVersionGrant =
  | Granted<"template:update", Thing & { readonly organizationId: string }>
  | Granted<"template:create", { readonly organizationId: string }>;

/** The right to make a template in an organization. @throws ApiError as `authorize` */
export function authorizeNewTemplate(ctx: Context, organization: { readonly id: string }) {
  return authorize(ctx, "template:create", newTemplateObject(organization));
}

/** The template of a path. @throws ApiError `malformed_id`, `not_found` also for a deleted one and one that is hidden */
export async function getTemplate(ctx: Context, db: Db | Tx, text: string): Promise<FoundTemplate> {
  const template = await findTemplate(db, parseUuid(text));
  if (template === undefined || template.deleted) throw new ApiError("not_found", notFoundMessage);
  return { ...template, granted: authorize(ctx, "template:read", templateObject(template)) };
}

export async function getTemplateByName(
  ctx: Context,
  db: Db,
  organization: string,
  name: string,
): Promise<FoundTemplate> {
  const { id } = await getOrganization(ctx, db, organization);
  const template = await findTemplateByName(db, id, name);
  if (template === undefined) throw new ApiError("not_found", notFoundMessage);
  return { ...template, granted: authorize(ctx, "template:read", templateObject(template)) };
}

/** The version of a path; one without a template belongs to whoever may update templates of its organization. */
export async function getVersion(
  ctx: Context,
  db: Db | Tx,
  text: string,
): Promise<ListedVersion & { readonly granted: Granted<"template:read"> }> {
  const version = await findListedVersion(db, parseUuid(text));
  if (version === undefined) throw new ApiError("not_found", notFoundMessage);
  return { ...version, granted: authorizeVersion(ctx, "template:read", version) };
}

/** A version of the template by its name, or by its id. */
export async function getVersionOfTemplate(
  ctx: Context,
  db: Db,
  template: TemplateRow,
  name: string,
): Promise<FoundVersion> {
  const id = findUuid(name);
  const version =
    (await findVersionByName(db, template.id, name)) ??
    (id === undefined ? undefined : await findTemplateVersion(db, id));
  if (version === undefined || version.template_id !== template.id) throw new ApiError("not_found", notFoundMessage);
  return { ...version, granted: authorize(ctx, "template:read", templateObject(template)) };
}

/** Versions have their template's permissions. */
export function authorizeVersion<A extends Action>(ctx: Context, action: A, version: ListedVersion): Granted<A> {
  return authorize(ctx, action, {
    id: version.template_id ?? undefined,
    organizationId: version.organization_id,
    ownerId: version.created_by,
    userAcl: version.user_acl ?? undefined,
    groupAcl: version.group_acl ?? undefined,
  });
}
