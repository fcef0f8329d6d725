import { z } from "zod";
import { endpoint } from "../endpoint.ts";
import { WorkspaceResource } from "../schemas/builds.ts";
import { Response } from "../schemas/common.ts";
import { ProvisionerJobLog } from "../schemas/provisioners.ts";
import {
  CreateTemplateVersionRequest,
  PatchTemplateVersionRequest,
  Preset,
  TemplateVersion,
  TemplateVersionExternalAuth,
  TemplateVersionParameter,
  TemplateVersionVariable,
} from "../schemas/template-versions.ts";
import { QueryFlag, QueryInt } from "../query.ts";

/** Answers once the import is queued: its log and `job` tell how it goes. 404 for a file that is not the caller's. */
export const createTemplateVersion = endpoint({
  method: "POST",
  path: "/api/v2/organizations/{organization}/templateversions",
  operation: "create_template_version",
  summary: "Create a version and queue its import",
  body: CreateTemplateVersionRequest,
  responses: { 201: TemplateVersion },
});

/** 404 for a version of a template that the caller may not use. */
export const getTemplateVersion = endpoint({
  method: "GET",
  path: "/api/v2/templateversions/{templateversion}",
  operation: "get_template_version",
  summary: "A template version",
  responses: { 200: TemplateVersion },
});

/** 409 for a name that another version of the template has. */
export const updateTemplateVersion = endpoint({
  method: "PATCH",
  path: "/api/v2/templateversions/{templateversion}",
  operation: "update_template_version",
  summary: "Change a version's name or message",
  body: PatchTemplateVersionRequest,
  responses: { 200: TemplateVersion },
});

/** At once while it waits; what runs is asked to stop. 400 when it has ended. */
export const cancelTemplateVersion = endpoint({
  method: "PATCH",
  path: "/api/v2/templateversions/{templateversion}/cancel",
  operation: "cancel_template_version",
  summary: "Cancel the import",
  responses: { 200: Response },
});

/** 400 when it is active, in use, or archived already. */
export const archiveTemplateVersion = endpoint({
  method: "POST",
  path: "/api/v2/templateversions/{templateversion}/archive",
  operation: "archive_template_version",
  summary: "Archive a version",
  responses: { 200: Response },
});

/** 400 when it is not archived. */
export const unarchiveTemplateVersion = endpoint({
  method: "POST",
  path: "/api/v2/templateversions/{templateversion}/unarchive",
  operation: "unarchive_template_version",
  summary: "Unarchive a version",
  responses: { 200: Response },
});

/** In the template's order; 400 while the import runs. */
export const listTemplateVersionParameters = endpoint({
  method: "GET",
  path: "/api/v2/templateversions/{templateversion}/rich-parameters",
  operation: "list_template_version_parameters",
  summary: "Parameters of a version",
  responses: { 200: z.array(TemplateVersionParameter) },
});

/** Clients ask again until the caller is logged in to all that are needed. */
export const listTemplateVersionExternalAuth = endpoint({
  method: "GET",
  path: "/api/v2/templateversions/{templateversion}/external-auth",
  operation: "list_template_version_external_auth",
  summary: "External log-ins a version needs",
  responses: { 200: z.array(TemplateVersionExternalAuth) },
});

/** In the template's order; secrets are hidden. */
export const listTemplateVersionVariables = endpoint({
  method: "GET",
  path: "/api/v2/templateversions/{templateversion}/variables",
  operation: "list_template_version_variables",
  summary: "Variables of a version",
  responses: { 200: z.array(TemplateVersionVariable) },
});

/** In the template's order, the default among them marked. */
export const listTemplateVersionPresets = endpoint({
  method: "GET",
  path: "/api/v2/templateversions/{templateversion}/presets",
  operation: "list_template_version_presets",
  summary: "Presets of a version",
  responses: { 200: z.array(Preset) },
});

/** As planned for a start, and for a stop; 400 until the import has ended. */
export const listTemplateVersionResources = endpoint({
  method: "GET",
  path: "/api/v2/templateversions/{templateversion}/resources",
  operation: "list_template_version_resources",
  summary: "Planned resources of a version",
  responses: { 200: z.array(WorkspaceResource) },
});

/**
 * In the order of ids, after `after` and before `before`. With `follow` over a WebSocket, a line a message, which
 * closes with 1000 once the job has ended.
 */
export const getTemplateVersionLogs = endpoint({
  method: "GET",
  path: "/api/v2/templateversions/{templateversion}/logs",
  operation: "get_template_version_logs",
  summary: "Import log of a version",
  query: z.object({
    before: QueryInt.optional(),
    after: QueryInt.optional(),
    follow: QueryFlag.optional(),
    format: z.string().optional(),
  }),
  socket: true,
  responses: { 200: z.array(ProvisionerJobLog) },
});

/** What its answer was is known to no client of today. */
export const getTemplateVersionSchema = endpoint({
  method: "GET",
  path: "/api/v2/templateversions/{templateversion}/schema",
  operation: "get_template_version_schema",
  summary: "Always empty, for old clients",
  responses: { 200: z.array(z.unknown()) },
});

/** What came before rich parameters. */
export const getTemplateVersionLegacyParameters = endpoint({
  method: "GET",
  path: "/api/v2/templateversions/{templateversion}/parameters",
  operation: "get_template_version_legacy_parameters",
  summary: "Always empty, for old clients",
  responses: { 200: z.array(z.unknown()) },
});
