// access: who asks, and what each may do. Owns no table: roles, scopes and lists of things are data, compiled into one
// reach for an actor and an action. Promises: `authorize` is the only place that decides, and what it says of one thing is
// what the condition of a list says of its row; what it gives, a grant, is what functions that change or disclose take.
export { anonymous, systemActor, type Actor, type AgentActor, type SystemActor, type UserActor } from "./actor.ts";
export { roleOf, withRoles, type Acl, type ObjectRole } from "./acl.ts";
export { entriesBeyond, everything, faultOfAllowList, normalEntry, type AllowList } from "./allow-list.ts";
export {
  authorize,
  authorizeList,
  authorizeOrHide,
  authorizeWithin,
  can,
  grantIf,
  grantOwn,
  hideBeyondKey,
  notFoundMessage,
} from "./authorize.ts";
export type { Action } from "./catalogue.ts";
export { createContext, systemContext, type Context } from "./context.ts";
export { toHeldRole, type CustomRoleRow } from "./custom-roles.ts";
export { hasAllGivenBy } from "./given-by.ts";
export type { Grant, Granted, GrantedList, GrantedWithin, Thing } from "./granted.ts";
export { columnsOf, objectOf, type ListedRow } from "./objects.ts";
export type { Permission, RoleDefinition } from "./permission.ts";
export { toPredicate } from "./predicate.ts";
export { decide, nowhere, type Reach, type ResourceObject } from "./reach.ts";
export { outranks } from "./reach-of.ts";
export { organizationRoles, siteRoles } from "./roles.ts";
export { isPublicScope, publicScopes, scopesBeyond } from "./scopes.ts";
export { RightMissing, unlessRefused } from "./system-actors.ts";
