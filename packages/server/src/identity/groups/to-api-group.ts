import type * as api from "@hearth/sdk";
import { can, type Context } from "../../access/index.ts";
import type { Db } from "../../ground/database/index.ts";
import { toReducedUser } from "../to-api.ts";
import type { GroupRow } from "./find-groups.ts";
import { findGroupMembers } from "./find-members.ts";

/**
 * Groups as the API shows them, in the order given: with their members, where the caller may read who is in them. Two
 * statements, however many there are.
 */
export async function toApiGroups(
  ctx: Context,
  db: Db,
  groups: readonly GroupRow[],
  { withMembers = true }: { readonly withMembers?: boolean } = {},
): Promise<api.Group[]> {
  const shown = groups.filter((group) => withMembers && mayReadMembers(ctx, group));
  const members = await findGroupMembers(
    db,
    shown.map(({ id }) => id),
  );
  const byGroup = Map.groupBy(members, ({ group_id }) => group_id);
  return groups.map((group) => ({
    id: group.id,
    name: group.name,
    display_name: group.display_name,
    organization_id: group.organization_id,
    members: (byGroup.get(group.id) ?? []).map(toReducedUser),
    total_member_count: group.member_count,
    avatar_url: group.avatar_url,
    quota_allowance: group.quota_allowance,
    source: group.source,
    organization_name: group.organization_name,
    organization_display_name: group.organization_display_name,
  }));
}

/** Whether the caller may read who is in the group. */
function mayReadMembers(ctx: Context, group: GroupRow): boolean {
  return can(ctx, "group_member:read", { id: group.id, organizationId: group.organization_id });
}
