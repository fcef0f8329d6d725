// live: what stays open. Promises: whoever may see a thing no more is told so and sees nothing more of it, within the
// time of a hint, or a minute without one. Listens to user_access and object_access.
export { HeldGrants, type AccessFacts, type HeldGrant, type Holder, type WantedFacts } from "./held-grants.ts";
