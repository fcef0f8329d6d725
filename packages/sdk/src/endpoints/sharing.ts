import { z } from "zod";
import { endpoint } from "../endpoint.ts";
import { QueryInt } from "../query.ts";
import { Response } from "../schemas/common.ts";
import { ACLAvailable, TemplateACL, UpdateTemplateACL } from "../schemas/templates.ts";
import { UpdateWorkspaceACL, WorkspaceACL } from "../schemas/workspaces.ts";

/** Who has been given a template; for whoever may change it. */
export const getTemplateAcl = endpoint({
  method: "GET",
  path: "/api/v2/templates/{template}/acl",
  operation: "get_template_acl",
  summary: "Who may use a template",
  responses: { 200: TemplateACL },
});

/** Gives a template to users and groups, by their ids; the role `""` takes it from them. */
export const updateTemplateAcl = endpoint({
  method: "PATCH",
  path: "/api/v2/templates/{template}/acl",
  operation: "update_template_acl",
  summary: "Change who may use a template",
  body: UpdateTemplateACL,
  responses: { 200: Response },
});

/** Whom a template can be given to: members and groups of its organization. */
export const listAvailableForTemplate = endpoint({
  method: "GET",
  path: "/api/v2/templates/{template}/acl/available",
  operation: "list_available_for_template",
  summary: "Users and groups that a template can be given to",
  query: z.object({ q: z.string().optional(), limit: QueryInt.optional(), offset: QueryInt.optional() }),
  responses: { 200: ACLAvailable },
});

/** With whom a workspace is shared; for whoever may share it. */
export const getWorkspaceAcl = endpoint({
  method: "GET",
  path: "/api/v2/workspaces/{workspace}/acl",
  operation: "get_workspace_acl",
  summary: "With whom a workspace is shared",
  responses: { 200: WorkspaceACL },
});

/** Shares a workspace with users and groups, by their ids; the role `""` ends it. */
export const updateWorkspaceAcl = endpoint({
  method: "PATCH",
  path: "/api/v2/workspaces/{workspace}/acl",
  operation: "update_workspace_acl",
  summary: "Share a workspace",
  body: UpdateWorkspaceACL,
  responses: { 204: null },
});

/** Shares a workspace with nobody. */
export const deleteWorkspaceAcl = endpoint({
  method: "DELETE",
  path: "/api/v2/workspaces/{workspace}/acl",
  operation: "delete_workspace_acl",
  summary: "End the sharing of a workspace",
  responses: { 204: null },
});
