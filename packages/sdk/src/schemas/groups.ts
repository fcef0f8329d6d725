import { z } from "zod";
import { Uuid } from "../scalars.ts";
import { ReducedUser } from "./users.ts";

/** Who decides on a group's members: the directory that users log in by, or people here. */
export const GroupSource = z.enum(["oidc", "user"]);
export type GroupSource = z.infer<typeof GroupSource>;

/**
 * Users of an organization under one name, for access lists and quotas. `quota_allowance` are credits a day;
 * `members` are those whom the caller may see.
 */
export const Group = z.object({
  id: Uuid,
  name: z.string(),
  display_name: z.string(),
  organization_id: Uuid,
  members: z.array(ReducedUser),
  total_member_count: z.int(),
  avatar_url: z.string(),
  quota_allowance: z.int(),
  source: GroupSource,
  organization_name: z.string(),
  organization_display_name: z.string(),
});
export type Group = z.infer<typeof Group>;

/** A page of a group's members; `count` is of all of them. */
export const GroupMembersResponse = z.object({
  users: z.array(ReducedUser),
  count: z.int(),
});
export type GroupMembersResponse = z.infer<typeof GroupMembersResponse>;

/** `quota_allowance` is what each member may spend, in credits a day; without it nothing is added to what they may. */
export const CreateGroupRequest = z.object({
  name: z.string(),
  display_name: z.string().optional(),
  avatar_url: z.string().optional(),
  quota_allowance: z.int().optional(),
});
export type CreateGroupRequest = z.infer<typeof CreateGroupRequest>;

/** What is to change of a group; what is left out or null stays. Users are named by their ids. */
export const PatchGroupRequest = z.object({
  add_users: z.array(z.string()).nullish(),
  remove_users: z.array(z.string()).nullish(),
  name: z.string().optional(),
  display_name: z.string().nullish(),
  avatar_url: z.string().nullish(),
  quota_allowance: z.int().nullish(),
});
export type PatchGroupRequest = z.infer<typeof PatchGroupRequest>;
