// identity: who there is and what each may do. Owns users, organizations, memberships and keys. Promises: a context's
// actor was let in; `authorize` is the only place that decides; secrets are stored hashed or sealed.
export { type Actor, type AgentActor, type UserActor } from "./actor.ts";
export { createContext, type Context } from "./context.ts";
export {
  authorize,
  authorizeList,
  authorizeOrHide,
  authorizeWithin,
  can,
  hideBeyondKey,
  notFoundMessage,
} from "./authorize.ts";
export { type Visibility } from "./permissions.ts";
export type { Action } from "./roles.ts";
export { createAuthenticate } from "./authenticate.ts";
export { createSessionWatch } from "./session-watch.ts";
export { deploymentKey } from "./sealed.ts";
export { readGitSshKeyPair } from "./git-ssh-key.ts";
export { faultOfDisplayName, faultOfEmail, faultOfName, refuseFaults } from "./names.ts";
export { ensureOwnerUser, isNameInUse, type NewOwner } from "./owner.ts";
export { getDefaultOrganization, getOrganization, type OrganizationRow } from "./organizations.ts";
export { faultOfPassword, verifyPassword } from "./password.ts";
export { getUser, resolveUser } from "./users.ts";
export { findUser, type UserWithOrganizations } from "./users-store.ts";
export { identityRoutes } from "./routes/index.ts";
