// groups: who is given something together. Owns `groups` and `group_members`. Promises: who is in a group is in its
// organization, and everybody there is in the group of everyone.
export { findGroups } from "./find-groups.ts";
export { findPageOfMembers } from "./find-members.ts";
export { addPoolMember, organizationsWithoutPoolMember } from "./pool-membership.ts";
export { groupRoutes } from "./group-routes.ts";
export { toApiGroups } from "./to-api-group.ts";
