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
export { faultOfDisplayName, faultOfName, refuseFaults } from "./names.ts";
export { getDefaultOrganization, getOrganization, type OrganizationRow } from "./organizations.ts";
export { getUser, resolveUser, createFirstUser } from "./users.ts";
export { countUsers, findUser, type UserWithOrganizations } from "./users-store.ts";
export { identityRoutes } from "./routes/index.ts";
