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

/** Those that the caller is a member of, or may read; by name. */
export const listOrganizations = endpoint({
  method: "GET",
  path: "/api/v2/organizations",
  operation: "list_organizations",
  summary: "List organizations",
  responses: { 200: z.array(Organization) },
});

/** By id, name or the word `default`; 404 for what the caller may not read. */
export const getOrganization = endpoint({
  method: "GET",
  path: "/api/v2/organizations/{organization}",
  operation: "get_organization",
  summary: "An organization",
  responses: { 200: Organization },
});

/** All of them; long lists are read by page. */
export const listMembers = endpoint({
  method: "GET",
  path: "/api/v2/organizations/{organization}/members",
  operation: "list_members",
  summary: "Members of an organization",
  responses: { 200: z.array(OrganizationMemberWithUserData) },
});

/** By user name. */
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

/** Each with whether the caller may give it. */
export const listOrganizationRoles = endpoint({
  method: "GET",
  path: "/api/v2/organizations/{organization}/members/roles",
  operation: "list_organization_roles",
  summary: "Assignable roles of an organization",
  responses: { 200: z.array(AssignableRoles) },
});

/** 404 for who is no member. */
export const getMember = endpoint({
  method: "GET",
  path: "/api/v2/organizations/{organization}/members/{user}",
  operation: "get_member",
  summary: "A member of an organization",
  responses: { 200: OrganizationMemberWithUserData },
});

/** Gives them what every member may there; roles come by `updateMemberRoles`. */
export const addMember = endpoint({
  method: "POST",
  path: "/api/v2/organizations/{organization}/members/{user}",
  operation: "add_member",
  summary: "Add a member to an organization",
  responses: { 200: OrganizationMember },
});

/** Takes their roles there with it. Their workspaces stay. */
export const removeMember = endpoint({
  method: "DELETE",
  path: "/api/v2/organizations/{organization}/members/{user}",
  operation: "remove_member",
  summary: "Remove a member from an organization",
  responses: { 204: null },
});

/** Replaces all of them; nobody gives or takes a role that permits more than their own. */
export const updateMemberRoles = endpoint({
  method: "PUT",
  path: "/api/v2/organizations/{organization}/members/{user}/roles",
  operation: "update_member_roles",
  summary: "Replace the roles of a member",
  body: UpdateRoles,
  responses: { 200: OrganizationMember },
});

/** For the form that creates a workspace on somebody's behalf. */
export const listAvailableOwners = endpoint({
  method: "GET",
  path: "/api/v2/organizations/{organization}/members/{user}/workspaces/available-users",
  operation: "list_available_owners",
  summary: "Users for whom the caller may create workspaces",
  query: z.object({ q: z.string().optional(), limit: QueryInt.optional(), offset: QueryInt.optional() }),
  responses: { 200: z.array(MinimalUser) },
});
