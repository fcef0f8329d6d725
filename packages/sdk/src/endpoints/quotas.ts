import { endpoint } from "../endpoint.ts";
import { WorkspaceQuota } from "../schemas/organizations.ts";

/** What a member has spent in an organization and may spend, in credits a day; a budget of -1 is no limit. */
export const getMemberQuota = endpoint({
  method: "GET",
  path: "/api/v2/organizations/{organization}/members/{user}/workspace-quota",
  operation: "get_member_quota",
  summary: "What a member's workspaces cost and may cost",
  responses: { 200: WorkspaceQuota },
});

/** The same in the default organization. */
export const getQuota = endpoint({
  method: "GET",
  path: "/api/v2/workspace-quota/{user}",
  operation: "get_quota",
  summary: "What a user's workspaces cost and may cost, in the default organization",
  responses: { 200: WorkspaceQuota },
});
