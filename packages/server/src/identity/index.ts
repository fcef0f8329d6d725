// identity: who there is. Owns users, organizations, memberships and keys. Promises: a context's actor was let in; secrets
// are stored hashed or sealed.
export { readAccessFacts } from "./access-facts.ts";
export { findUserActor } from "./actor-of-user.ts";
export { createAuthenticate } from "./authenticate.ts";
export { createIdentity, type Identity } from "./create-identity.ts";
export { insertKey } from "./keys.ts";
export { deploymentKey, seal, SealError, unseal, unsealBytes } from "./sealed.ts";
export { openSealKey } from "./seal-key.ts";
export { openSecrets, type SealedSecret } from "./secrets/index.ts";
export { openTexts, sealTexts } from "./secret-texts.ts";
export { sealUnsealed } from "./unsealed.ts";
export { addPoolMember, organizationsWithoutPoolMember } from "./groups/index.ts";
export { listAvailable, listShared, refuseStrangers, refuseWiderShare } from "./sharing.ts";
export { toApiUser } from "./to-api.ts";
export { readGitSshKeyPair } from "./git-ssh-key.ts";
export { faultOfDisplayName, faultOfEmail, faultOfName, refuseFaults } from "./names.ts";
export { ensureOwnerUser, isNameInUse, type NewOwner } from "./owner.ts";
export {
  findOrganizationId,
  getDefaultOrganization,
  getOrganization,
  resolveOrganizationId,
  type OrganizationRow,
} from "./organizations.ts";
export { faultOfPassword, verifyPassword } from "./password.ts";
export { getUser, resolveUser, resolveUserName } from "./users.ts";
export { idsOfOwners, idsOfUsername } from "./user-texts.ts";
export { findShownUsers, findUser, type UserWithOrganizations } from "./users-store.ts";
