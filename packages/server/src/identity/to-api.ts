import * as api from "@hearth/sdk";
import type { GitSshKey } from "./git-ssh-key.ts";
import type { KeyRow } from "./keys.ts";
import type { MemberRow } from "./members.ts";
import type { OrganizationRow } from "./organizations.ts";
import { organizationRoles, siteRoles, type Permission, type RoleDefinition } from "../access/index.ts";
import type { UserRow, UserWithOrganizations } from "./users-store.ts";

/** A user without what is told only of whoever may read all of it. */
export function toReducedUser(user: Omit<UserRow, "password_hash">): api.ReducedUser {
  return {
    id: user.id,
    username: user.username,
    ...(user.name === "" ? {} : { name: user.name }),
    ...(user.avatar_url === "" ? {} : { avatar_url: user.avatar_url }),
    email: user.email,
    created_at: user.created_at.toISOString(),
    updated_at: user.updated_at.toISOString(),
    last_seen_at: user.last_seen_at?.toISOString() ?? api.zeroTime,
    status: user.status,
    login_type: user.login_type,
  };
}

export function toApiUser(user: UserWithOrganizations): api.User {
  return {
    ...toReducedUser(user),
    organization_ids: user.organization_ids,
    roles: user.roles.map(toSlimRole),
    has_ai_seat: false,
  };
}

export function toSlimRole(name: string): api.SlimRole {
  const role = [...siteRoles, ...organizationRoles].find((candidate) => candidate.name === name);
  return { name, display_name: role?.displayName ?? name };
}

export function toApiOrganization(row: OrganizationRow): api.Organization {
  return {
    id: row.id,
    name: row.name,
    display_name: row.display_name,
    icon: row.icon,
    description: row.description,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    is_default: row.is_default,
    default_org_member_roles: [],
  };
}

export function toApiMember(row: MemberRow): api.OrganizationMemberWithUserData {
  return {
    ...toPlainMember(row),
    username: row.username,
    ...(row.name === "" ? {} : { name: row.name }),
    ...(row.avatar_url === "" ? {} : { avatar_url: row.avatar_url }),
    email: row.email,
    status: row.status,
    login_type: row.login_type,
    last_seen_at: row.last_seen_at?.toISOString() ?? api.zeroTime,
    user_created_at: row.created_at.toISOString(),
    user_updated_at: row.updated_at.toISOString(),
    global_roles: row.roles.map(toSlimRole),
    has_ai_seat: false,
  };
}

/** The same without what is the user's own. */
export function toPlainMember(row: MemberRow): api.OrganizationMember {
  return {
    user_id: row.id,
    organization_id: row.organization_id,
    created_at: row.member_created_at.toISOString(),
    updated_at: row.member_updated_at.toISOString(),
    roles: row.member_roles.map(toSlimRole),
  };
}

/** A role with its permissions spelled out, and whether the caller may give it. */
export function toAssignableRole(
  role: RoleDefinition,
  organizationId: string | undefined,
  isAssignable: boolean,
): api.AssignableRoles {
  return {
    name: role.name,
    ...(organizationId === undefined ? {} : { organization_id: organizationId }),
    display_name: role.displayName,
    site_permissions: toApiPermissions(role.site),
    user_permissions: toApiPermissions(role.user),
    organization_permissions: toApiPermissions(role.organization),
    organization_member_permissions: toApiPermissions(role.member),
    assignable: isAssignable,
    built_in: true,
  };
}

function toApiPermissions(permissions: readonly Permission[] = []): api.AssignableRoles["site_permissions"] {
  return permissions.flatMap((permission) => {
    const negate = permission.startsWith("!");
    const [resource = "*", action = "*"] = (negate ? permission.slice(1) : permission).split(":");
    const type = api.RBACResource.safeParse(resource);
    // What is only ours the contract has no word for.
    return type.success ? [{ negate, resource_type: type.data, action }] : [];
  });
}

export function toApiKey(row: KeyRow): api.APIKey {
  return {
    id: row.id,
    user_id: row.user_id,
    last_used: row.last_used.toISOString(),
    expires_at: row.expires_at.toISOString(),
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    login_type: row.login_type,
    scope: row.scope,
    scopes: row.scopes,
    token_name: row.token_name,
    lifetime_seconds: row.lifetime_seconds,
    allow_list: row.allow_list,
  };
}

export function toApiGitSshKey(key: GitSshKey): api.GitSSHKey {
  return {
    user_id: key.userId,
    created_at: key.createdAt.toISOString(),
    updated_at: key.updatedAt.toISOString(),
    public_key: key.publicKey,
  };
}
