// identity: who there is and what each may do. Owns users, organizations, memberships and keys. Promises: a context's
// actor was let in; `authorize` is the only place that decides; secrets are stored hashed or sealed.
export { anonymous, systemActor, type Actor, type AgentActor, type SystemActorName, type UserActor } from "./actor.ts";
export { createContext, systemContext, type Context } from "./context.ts";
export { authorize, authorizeList, can, notFoundMessage } from "./authorize.ts";
export { isAllowed, visibility, type ResourceObject, type Visibility } from "./permissions.ts";
export type { Action, ActionName, ResourceType } from "./roles.ts";
