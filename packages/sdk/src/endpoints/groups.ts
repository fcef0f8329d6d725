import { z } from "zod";
import { endpoint } from "../endpoint.ts";
import { QueryBool, QueryInt, QueryUuid } from "../query.ts";
import { Response } from "../schemas/common.ts";
import { CreateGroupRequest, Group, GroupMembersResponse, PatchGroupRequest } from "../schemas/groups.ts";

const memberPage = z.object({
  q: z.string().optional(),
  after_id: QueryUuid.optional(),
  limit: QueryInt.optional(),
  offset: QueryInt.optional(),
});

/** Groups that the caller may read, by name: of an organization (id or name), with a member (id or username), of these ids. */
export const listGroups = endpoint({
  method: "GET",
  path: "/api/v2/groups",
  operation: "list_groups",
  summary: "Groups",
  query: z.object({
    organization: z.string().optional(),
    has_member: z.string().optional(),
    group_ids: z.string().optional(),
  }),
  responses: { 200: z.array(Group) },
});

/** A group by its id; the group of everyone has its organization's. */
export const getGroup = endpoint({
  method: "GET",
  path: "/api/v2/groups/{group}",
  operation: "get_group",
  summary: "A group",
  query: z.object({ exclude_members: QueryBool.optional() }),
  responses: { 200: Group },
});

/** Changes a group and who is in it, both or neither. */
export const updateGroup = endpoint({
  method: "PATCH",
  path: "/api/v2/groups/{group}",
  operation: "update_group",
  summary: "Change a group and its members",
  body: PatchGroupRequest,
  responses: { 200: Group },
});

/** Deletes a group: what it was given, its members have no more. */
export const deleteGroup = endpoint({
  method: "DELETE",
  path: "/api/v2/groups/{group}",
  operation: "delete_group",
  summary: "Delete a group",
  responses: { 200: Response },
});

/** A page of a group's members, by username. */
export const listGroupMembers = endpoint({
  method: "GET",
  path: "/api/v2/groups/{group}/members",
  operation: "list_group_members",
  summary: "Members of a group",
  query: memberPage,
  responses: { 200: GroupMembersResponse },
});

/** Sorted by name; that of everyone is among them, and those that the caller may not read are left out. */
export const listOrganizationGroups = endpoint({
  method: "GET",
  path: "/api/v2/organizations/{organization}/groups",
  operation: "list_organization_groups",
  summary: "Groups of an organization",
  responses: { 200: z.array(Group) },
});

/** Makes a group without members. */
export const createGroup = endpoint({
  method: "POST",
  path: "/api/v2/organizations/{organization}/groups",
  operation: "create_group",
  summary: "Make a group",
  body: CreateGroupRequest,
  responses: { 201: Group },
});

/** In any letter case: no two of an organization differ by case alone. */
export const getGroupByName = endpoint({
  method: "GET",
  path: "/api/v2/organizations/{organization}/groups/{groupName}",
  operation: "get_group_by_name",
  summary: "A group by name",
  responses: { 200: Group },
});

/** Sorted by username; `q` is part of a username, an e-mail address or a name, and `count` is of all that match. */
export const listMembersOfNamedGroup = endpoint({
  method: "GET",
  path: "/api/v2/organizations/{organization}/groups/{groupName}/members",
  operation: "list_members_of_named_group",
  summary: "Members of a group by name",
  query: memberPage,
  responses: { 200: GroupMembersResponse },
});
