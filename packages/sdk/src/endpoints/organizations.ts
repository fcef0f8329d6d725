import { MinimalUser } from "../schemas/common.ts";
import { z } from "zod";
import { endpoint } from "../endpoint.ts";
import {
  Organization,
  OrganizationMember,
  OrganizationMemberWithUserData,
  PaginatedMembersResponse,
} from "../schemas/organizations.ts";
import { AssignableRoles, UpdateRoles } from "../schemas/users.ts";
import { QueryInt, QueryUuid } from "../query.ts";

export const listOrganizations = endpoint({
  method: "GET",
  path: "/api/v2/organizations",
  operation: "list_organizations",
  summary: "List organizations",
  responses: { 200: z.array(Organization) },
});

export const getOrganization = endpoint({
  method: "GET",
  path: "/api/v2/organizations/{organization}",
  operation: "get_organization",
  summary: "An organization",
  responses: { 200: Organization },
});

export const listMembers = endpoint({
  method: "GET",
  path: "/api/v2/organizations/{organization}/members",
  operation: "list_members",
  summary: "Members of an organization",
  responses: { 200: z.array(OrganizationMemberWithUserData) },
});

export const listMembersPaged = endpoint({
  method: "GET",
  path: "/api/v2/organizations/{organization}/paginated-members",
  operation: "list_members_paged",
  summary: "Members of an organization by page",
  query: z.object({
    q: z.string().optional(),
    after_id: QueryUuid.optional(),
    limit: QueryInt.optional(),
    offset: QueryInt.optional(),
  }),
  responses: { 200: PaginatedMembersResponse },
});

export const listOrganizationRoles = endpoint({
  method: "GET",
  path: "/api/v2/organizations/{organization}/members/roles",
  operation: "list_organization_roles",
  summary: "Assignable roles of an organization",
  responses: { 200: z.array(AssignableRoles) },
});

export const getMember = endpoint({
  method: "GET",
  path: "/api/v2/organizations/{organization}/members/{user}",
  operation: "get_member",
  summary: "A member of an organization",
  responses: { 200: OrganizationMemberWithUserData },
});

export const addMember = endpoint({
  method: "POST",
  path: "/api/v2/organizations/{organization}/members/{user}",
  operation: "add_member",
  summary: "Add a member to an organization",
  responses: { 200: OrganizationMember },
});

export const removeMember = endpoint({
  method: "DELETE",
  path: "/api/v2/organizations/{organization}/members/{user}",
  operation: "remove_member",
  summary: "Remove a member from an organization",
  responses: { 204: null },
});

export const updateMemberRoles = endpoint({
  method: "PUT",
  path: "/api/v2/organizations/{organization}/members/{user}/roles",
  operation: "update_member_roles",
  summary: "Replace the roles of a member",
  body: UpdateRoles,
  responses: { 200: OrganizationMember },
});

export const listAvailableOwners = endpoint({
  method: "GET",
  path: "/api/v2/organizations/{organization}/members/{user}/workspaces/available-users",
  operation: "list_available_owners",
  summary: "Users for whom the caller may create workspaces",
  query: z.object({ q: z.string().optional(), limit: QueryInt.optional(), offset: QueryInt.optional() }),
  responses: { 200: z.array(MinimalUser) },
});
