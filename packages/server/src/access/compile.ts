import { typeOf, type Action } from "./catalogue.ts";
import { outweigh, vote, type RolePermissions, type Vote } from "./permission.ts";
import { nowhere, type Reach } from "./reach.ts";

/** Whose roles are asked. */
export interface Holder {
  readonly userId: string;
  readonly siteRoles: readonly RolePermissions[];
  readonly organizationRoles: ReadonlyMap<string, readonly RolePermissions[]>;
  /** Beside the groups of everyone. */
  readonly groupIds: readonly string[];
  /** A part of the server, which carries on what somebody began, and is bound by no role. */
  readonly isServer?: true;
}

/**
 * What may be done to others' chats by a role, whatever it says: reading. Only who owns a chat speaks in it.
 * @see spec/chat.md §24.1
 */
const othersOnly: ReadonlyMap<string, readonly Action[]> = new Map([["chat", ["chat:read"]]]);

/** The words of an object's access list that give an action beside its own name: the roles that are given on things. */
const listedRoles: Readonly<Record<string, readonly string[]>> = {
  "template:read": ["use", "admin"],
  "template:use": ["use", "admin"],
  "template:update": ["admin"],
  "template:delete": ["admin"],
  "template:view_insights": ["admin"],
  "workspace:read": ["use", "admin"],
  "workspace:ssh": ["use", "admin"],
  "workspace:application_connect": ["use", "admin"],
  "workspace:start": ["admin"],
  "workspace:stop": ["admin"],
  "workspace:update": ["admin"],
};

/** The words of an access list that give this action: its name, everything, or a role. Pure. */
export function wordsOf(action: Action): readonly string[] {
  return [action.slice(action.indexOf(":") + 1), "*", ...(listedRoles[action] ?? [])];
}

/** Where the holder's roles and the objects' access lists allow the action. Pure. */
export function compile(holder: Holder, action: Action): Reach {
  const organizations = [...holder.organizationRoles];
  const each = (pick: (role: RolePermissions) => RolePermissions["site"], roles: readonly RolePermissions[]) =>
    roles.map((role) => vote(pick(role), action)).reduce(outweigh, undefined);
  const allRoles = [...holder.siteRoles, ...organizations.flatMap(([, roles]) => roles)];
  const site = each((role) => role.site, allRoles);
  const inOrganizations = votesOf(organizations, (roles) => each((role) => role.organization, roles));
  const ownAnywhere = each((role) => role.user, allRoles);
  const ownInOrganizations = votesOf(organizations, (roles) => each((role) => role.member, roles));
  const acl = {
    userId: holder.userId,
    // Every member of an organization is in its group of everyone, which has the organization's id.
    groupIds: [...holder.organizationRoles.keys(), ...holder.groupIds],
    organizationIds: [...holder.organizationRoles.keys()],
    words: wordsOf(action),
  };
  if (holder.isServer !== true && othersOnly.get(typeOf(action))?.includes(action) === false) {
    // Others' are reached nowhere, so that what an organization says is said of the holder's own there.
    return {
      ...nowhere,
      site: site === "deny" ? "deny" : undefined,
      own: {
        ownerId: holder.userId,
        anywhere: outweigh(site, ownAnywhere),
        organizations: new Map(
          organizations.map(([id]) => [id, outweigh(inOrganizations.get(id), ownInOrganizations.get(id))]),
        ),
      },
    };
  }
  return {
    site,
    organizations: inOrganizations,
    own: { ownerId: holder.userId, anywhere: ownAnywhere, organizations: ownInOrganizations },
    acl,
    only: undefined,
  };
}

function votesOf(
  organizations: readonly (readonly [string, readonly RolePermissions[]])[],
  ask: (roles: readonly RolePermissions[]) => Vote | undefined,
): ReadonlyMap<string, Vote | undefined> {
  return new Map(organizations.map(([id, roles]) => [id, ask(roles)]));
}
