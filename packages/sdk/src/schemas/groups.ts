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
