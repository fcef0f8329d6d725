import { z } from "zod";
import { endpoint } from "../endpoint.ts";
import { Response } from "../schemas/common.ts";
import { TemplateVersion } from "../schemas/template-versions.ts";
import {
  ArchiveTemplateVersionsRequest,
  ArchiveTemplateVersionsResponse,
  CreateTemplateRequest,
  InvalidatePresetsResponse,
  Template,
  TemplateExample,
  UpdateActiveTemplateVersion,
  UpdateTemplateMeta,
} from "../schemas/templates.ts";
import { QueryBool, QueryInt, QueryUuid } from "../query.ts";

/** Those that the caller may use, most used first. What `q` asks for is the grammar of filters. */
export const listTemplates = endpoint({
  method: "GET",
  path: "/api/v2/templates",
  operation: "list_templates",
  summary: "List templates",
  query: z.object({ q: z.string().optional() }),
  responses: { 200: z.array(Template) },
});

/** Those that come with the server; a version is imported of one by its id. */
export const listTemplateExamples = endpoint({
  method: "GET",
  path: "/api/v2/templates/examples",
  operation: "list_template_examples",
  summary: "Starter templates",
  responses: { 200: z.array(TemplateExample) },
});

/** Those that the caller may use, most used first. */
export const listOrganizationTemplates = endpoint({
  method: "GET",
  path: "/api/v2/organizations/{organization}/templates",
  operation: "list_organization_templates",
  summary: "Templates of an organization",
  query: z.object({ q: z.string().optional() }),
  responses: { 200: z.array(Template) },
});

/** 409 for a name that the organization has already; 400 for a version that failed or belongs to another template. */
export const createTemplate = endpoint({
  method: "POST",
  path: "/api/v2/organizations/{organization}/templates",
  operation: "create_template",
  summary: "Make a template of a version",
  body: CreateTemplateRequest,
  responses: { 201: Template },
});

/** The same in every organization. */
export const listOrganizationTemplateExamples = endpoint({
  method: "GET",
  path: "/api/v2/organizations/{organization}/templates/examples",
  operation: "list_organization_template_examples",
  summary: "Starter templates",
  responses: { 200: z.array(TemplateExample) },
});

/** By the name in its address, whatever its letters' case. */
export const getTemplateByName = endpoint({
  method: "GET",
  path: "/api/v2/organizations/{organization}/templates/{templatename}",
  operation: "get_template_by_name",
  summary: "A template by name",
  responses: { 200: Template },
});

/** By three names, as addresses of the dashboard hold them. */
export const getOrganizationTemplateVersion = endpoint({
  method: "GET",
  path: "/api/v2/organizations/{organization}/templates/{templatename}/versions/{templateversionname}",
  operation: "get_organization_template_version",
  summary: "A version by names",
  responses: { 200: TemplateVersion },
});

/** The one that was made before it; 204 for the first. */
export const getPreviousTemplateVersion = endpoint({
  method: "GET",
  path: "/api/v2/organizations/{organization}/templates/{templatename}/versions/{templateversionname}/previous",
  operation: "get_previous_template_version",
  summary: "The version before",
  responses: { 200: TemplateVersion, 204: null },
});

/** 404 for a template that the caller may not use. */
export const getTemplate = endpoint({
  method: "GET",
  path: "/api/v2/templates/{template}",
  operation: "get_template",
  summary: "A template",
  responses: { 200: Template },
});

/** Only what is given changes; 304 when nothing would. One validation for each field that is refused. */
export const updateTemplate = endpoint({
  method: "PATCH",
  path: "/api/v2/templates/{template}",
  operation: "update_template",
  summary: "Change a template",
  body: UpdateTemplateMeta,
  responses: { 200: Template, 304: null },
});

/** 400 while it has workspaces. */
export const deleteTemplate = endpoint({
  method: "DELETE",
  path: "/api/v2/templates/{template}",
  operation: "delete_template",
  summary: "Delete a template",
  responses: { 200: Response },
});

/** Oldest first; archived ones only with `include_archived`. */
export const listTemplateVersions = endpoint({
  method: "GET",
  path: "/api/v2/templates/{template}/versions",
  operation: "list_template_versions",
  summary: "Versions of a template",
  query: z.object({
    include_archived: QueryBool.optional(),
    limit: QueryInt.optional(),
    offset: QueryInt.optional(),
    after_id: QueryUuid.optional(),
  }),
  responses: { 200: z.array(TemplateVersion) },
});

/**
 * New workspaces are built of it, and its pools are filled; workspaces that exist become outdated. 403 for one that
 * was not imported well, 400 for one that is archived.
 */
export const promoteTemplateVersion = endpoint({
  method: "PATCH",
  path: "/api/v2/templates/{template}/versions",
  operation: "promote_template_version",
  summary: "Make a version the active one",
  body: UpdateActiveTemplateVersion,
  responses: { 200: Response },
});

/** 404 for a name that the template has not. */
export const getTemplateVersionByName = endpoint({
  method: "GET",
  path: "/api/v2/templates/{template}/versions/{templateversionname}",
  operation: "get_template_version_by_name",
  summary: "A version of a template by name",
  responses: { 200: TemplateVersion },
});

/** Those that failed, or with `all` every one; never what a workspace uses or the active one. */
export const archiveTemplateVersions = endpoint({
  method: "POST",
  path: "/api/v2/templates/{template}/versions/archive",
  operation: "archive_template_versions",
  summary: "Archive unused versions",
  body: ArchiveTemplateVersionsRequest,
  responses: { 200: ArchiveTemplateVersionsResponse },
});

/**
 * Those of the active version that were made before now; they are replaced one by one. What is claimed is not
 * touched.
 */
export const invalidatePrebuilds = endpoint({
  method: "POST",
  path: "/api/v2/templates/{template}/prebuilds/invalidate",
  operation: "invalidate_prebuilds",
  summary: "Recycle the warm workspaces of a template",
  responses: { 200: InvalidatePresetsResponse },
});
