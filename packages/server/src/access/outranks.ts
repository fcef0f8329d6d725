import { actions } from "./catalogue.ts";
import type { Holder } from "./compile.ts";
import { covers, outweigh, vote, type Permission, type RolePermissions, type Vote } from "./permission.ts";

/**
 * Whether a role gives nothing that the holder has not: then the holder may give and take it, and act on whoever has it.
 * Without this rule whoever administers users could make itself an owner, or set an owner's password.
 *
 * What a role takes away is no more than anybody has. Pure.
 */
export function outranks(holder: Holder, role: RolePermissions, organizationId: string | undefined): boolean {
  const there = [...holder.organizationRoles].filter(([id]) => id === organizationId).flatMap(([, roles]) => roles);
  const everywhere = [...holder.siteRoles, ...[...holder.organizationRoles.values()].flat()];
  const site = listsOf(everywhere, "site");
  const organization = [...site, ...listsOf(there, "organization")];
  return (
    hasAll(site, role.site) &&
    hasAll([...site, ...listsOf(everywhere, "user")], role.user) &&
    hasAll(organization, role.organization) &&
    hasAll([...organization, ...listsOf(there, "member")], role.member)
  );
}

type Place = keyof RolePermissions;

type List = readonly Permission[] | undefined;

function listsOf(roles: readonly RolePermissions[], place: Place): List[] {
  return roles.map((role) => role[place]);
}

/** Whether the lists together allow every action that a permission of this one gives. */
function hasAll(lists: readonly List[], given: List): boolean {
  return actions
    .filter((action) => given?.some((permission) => covers(permission, action)))
    .every(
      (action) => lists.map((list) => vote(list, action)).reduce<Vote | undefined>(outweigh, undefined) === "allow",
    );
}
