import { actions } from "./catalogue.ts";
import type { Holder } from "./compile.ts";
import { covers, outweigh, vote, type Permission, type RoleDefinition, type Vote } from "./permission.ts";

/**
 * Whether a role gives nothing that the holder has not: then the holder may give and take it, and act on whoever has it.
 * Without this rule whoever administers users could make itself an owner, or set an owner's password.
 *
 * An owner of the deployment has everything. What a role takes away is no more than anybody has. Pure.
 */
export function outranks(holder: Holder, role: RoleDefinition, organizationId: string | undefined): boolean {
  if (holder.siteRoles.some(({ name }) => name === "owner")) return true;
  const there = (organizationId === undefined ? undefined : holder.organizationRoles.get(organizationId)) ?? [];
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

type Place = "site" | "user" | "organization" | "member";

function listsOf(roles: readonly RoleDefinition[], place: Place): (readonly Permission[])[] {
  return roles.map((role) => role[place] ?? []);
}

/** Whether the lists together allow every action that the permissions give. */
function hasAll(lists: readonly (readonly Permission[])[], permissions: readonly Permission[] = []): boolean {
  const given = permissions.filter((permission) => !permission.startsWith("!"));
  return actions
    .filter((action) => given.some((pattern) => covers(pattern, action)))
    .every(
      (action) => lists.map((list) => vote(list, action)).reduce<Vote | undefined>(outweigh, undefined) === "allow",
    );
}
