// identity: who there is and what each may do. Owns users, organizations, memberships and keys. Promises: a context's
// actor was let in; `authorize` is the only place that decides; secrets are stored hashed or sealed.
export { anonymous, systemActor, type Actor, type AgentActor, type SystemActorName, type UserActor } from "./actor.ts";
export { createContext, systemContext, type Context } from "./context.ts";
export { authorize, authorizeList, authorizeOrHide, can, notFoundMessage } from "./authorize.ts";
export { isAllowed, visibility, type ResourceObject, type Visibility } from "./permissions.ts";
export type { Action, ActionName, ResourceType } from "./roles.ts";
export { createAuthenticate, sessionCookie, sessionKeyOf } from "./authenticate.ts";
export { deploymentKey, seal, unseal } from "./sealed.ts";
export { ensureGitSshKey, readGitSshKeyPair } from "./git-ssh-key.ts";
export { faultOfDisplayName, faultOfName, refuseFaults } from "./names.ts";
export { getDefaultOrganization, getOrganization, type OrganizationRow } from "./organizations.ts";
export { getUser, resolveUser, createFirstUser } from "./users.ts";
export { countUsers, findUser, type UserRow, type UserWithOrganizations } from "./users-store.ts";
export { identityRoutes } from "./routes/index.ts";
export { randomText } from "./keys.ts";
