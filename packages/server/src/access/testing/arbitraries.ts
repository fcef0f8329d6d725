import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { actions, catalogue } from "../catalogue.ts";
import type { Holder } from "../compile.ts";
import type { Permission, RolePermissions } from "../permission.ts";
import type { ResourceObject } from "../reach.ts";
import { organizationRoles, siteRoles } from "../roles.ts";

const few = (count: number): string[] => Array.from({ length: count }, () => randomUUID());
/** Few of each, so that what is drawn often meets. */
const [users, organizations, groups, ids] = [few(3), few(3), few(2), few(4)];

const pattern = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...actions) },
  { weight: 3, arbitrary: fc.constantFrom(...Object.keys(catalogue)).map((type) => `${type}:*`) },
  fc.constant("*"),
);
export const permission = fc.tuple(pattern, fc.integer({ min: 0, max: 3 })).map(
  // One in four takes away.
  ([text, dice]) => (dice === 0 ? `!${text}` : text) as Permission,
);
const permissions = fc.option(fc.array(permission, { maxLength: 4 }), { nil: undefined });
const customRole: fc.Arbitrary<RolePermissions> = fc.record({
  site: permissions,
  user: permissions,
  organization: permissions,
  member: permissions,
}) as fc.Arbitrary<RolePermissions>; // an absent list is undefined here
const rolesAmong = (builtIn: readonly RolePermissions[]) =>
  fc.array(fc.oneof(fc.constantFrom(...builtIn), customRole), { maxLength: 3 });

export const holder: fc.Arbitrary<Holder> = fc.record({
  userId: fc.constantFrom(...users),
  siteRoles: rolesAmong(siteRoles),
  organizationRoles: fc
    .array(fc.tuple(fc.constantFrom(...organizations), rolesAmong(organizationRoles)), { maxLength: 3 })
    .map((entries) => new Map(entries)),
  groupIds: fc.uniqueArray(fc.constantFrom(...groups), { maxLength: 2 }),
});

const word = fc.oneof(
  fc.constantFrom("use", "admin", "*"),
  fc.constantFrom(...actions).map((action) => action.slice(action.indexOf(":") + 1)),
);
/** An access list that names some of these. */
export const acl = (keys: readonly string[]) =>
  fc.dictionary(fc.constantFrom(...keys), fc.array(word, { maxLength: 3 }), { maxKeys: 2, noNullPrototype: true });
export const object: fc.Arbitrary<ResourceObject> = fc.record(
  {
    id: fc.constantFrom(...ids),
    ownerId: fc.constantFrom(...users),
    organizationId: fc.constantFrom(...organizations),
    userAcl: acl(users),
    groupAcl: acl([...groups, ...organizations]),
  },
  { requiredKeys: [] },
);
export const only = fc.option(
  fc.uniqueArray(fc.constantFrom(...ids), { maxLength: 3 }).map((list) => new Set(list)),
  { nil: undefined },
);
