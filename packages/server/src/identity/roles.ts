/** What may be acted upon. Names as in the contract's RBACResource. */
export type ResourceType =
  | "api_key"
  | "assign_org_role"
  | "assign_role"
  | "deployment_config"
  | "file"
  | "organization"
  | "organization_member"
  | "prebuilds_settings"
  | "provisioner_daemon"
  | "provisioner_jobs"
  | "template"
  | "user"
  | "workspace";

export type ActionName =
  | "create"
  | "read"
  | "update"
  | "delete"
  | "use"
  | "start"
  | "stop"
  | "ssh"
  | "application_connect"
  | "read_personal"
  | "update_personal"
  | "assign"
  | "view_insights";

/** `workspace:read`: what a route declares and `authorize` checks. */
export type Action = `${ResourceType}:${ActionName}`;

/** Where a permission holds. */
export type Reach =
  /** Every object. */
  | "site"
  /** Objects of the organization in which the role is held. */
  | "organization"
  /** Objects that the actor owns. */
  | "own"
  /** Objects that the actor owns in the organization in which the role is held. */
  | "own_in_organization";

export interface Permission {
  /** `workspace:*` is every action on workspaces, `*` everything. */
  readonly allow: Action | `${ResourceType}:*` | "*";
  readonly reach: Reach;
}

export interface Role {
  readonly name: string;
  readonly displayName: string;
  /** Implicit roles are held by everyone and cannot be given. */
  readonly assignable: boolean;
  readonly permissions: readonly Permission[];
}

/** Roles of the whole deployment. Data: a role more is a row more. @see spec/api.md §2, "Built-in roles" */
export const siteRoles: readonly Role[] = [
  { name: "owner", displayName: "Owner", assignable: true, permissions: [{ allow: "*", reach: "site" }] },
  {
    name: "member",
    displayName: "Member",
    assignable: false,
    permissions: [
      { allow: "user:read", reach: "own" },
      { allow: "user:read_personal", reach: "own" },
      { allow: "user:update_personal", reach: "own" },
      { allow: "api_key:*", reach: "own" },
      { allow: "file:create", reach: "own" },
      { allow: "file:read", reach: "own" },
      { allow: "assign_role:read", reach: "site" },
    ],
  },
];

/** Roles within an organization. */
export const organizationRoles: readonly Role[] = [
  {
    name: "organization-admin",
    displayName: "Organization Admin",
    assignable: true,
    permissions: [
      { allow: "organization:*", reach: "organization" },
      { allow: "organization_member:*", reach: "organization" },
      { allow: "assign_org_role:*", reach: "organization" },
      { allow: "template:*", reach: "organization" },
      // All but to enter: terminals, SSH and apps of others are for their owners, and the deployment's.
      { allow: "workspace:create", reach: "organization" },
      { allow: "workspace:read", reach: "organization" },
      { allow: "workspace:update", reach: "organization" },
      { allow: "workspace:delete", reach: "organization" },
      { allow: "workspace:start", reach: "organization" },
      { allow: "workspace:stop", reach: "organization" },
      { allow: "file:*", reach: "organization" },
      { allow: "provisioner_daemon:*", reach: "organization" },
      { allow: "provisioner_jobs:*", reach: "organization" },
    ],
  },
  {
    name: "organization-member",
    displayName: "",
    assignable: false,
    permissions: [
      { allow: "organization:read", reach: "organization" },
      { allow: "organization_member:read", reach: "organization" },
      { allow: "assign_org_role:read", reach: "organization" },
      // What a template's own access list says comes on top; the group of everyone may use each.
      { allow: "template:read", reach: "organization" },
      { allow: "template:use", reach: "organization" },
      { allow: "workspace:*", reach: "own_in_organization" },
    ],
  },
];

/** What each part of the server may do by itself: nothing else. */
export const systemPermissions: Readonly<Record<string, readonly Permission[]>> = {
  "prebuilds orchestrator": [
    { allow: "template:read", reach: "site" },
    { allow: "template:use", reach: "site" },
    { allow: "workspace:*", reach: "own" },
    { allow: "organization_member:*", reach: "site" },
  ],
  "provisioner daemon": [
    { allow: "file:read", reach: "site" },
    { allow: "template:read", reach: "site" },
    { allow: "template:update", reach: "site" },
    { allow: "workspace:read", reach: "site" },
    { allow: "workspace:update", reach: "site" },
    { allow: "user:read", reach: "site" },
  ],
  autobuild: [
    { allow: "template:read", reach: "site" },
    { allow: "template:use", reach: "site" },
    { allow: "workspace:*", reach: "site" },
  ],
  agents: [
    { allow: "workspace:read", reach: "site" },
    { allow: "workspace:update", reach: "site" },
  ],
  setup: [
    { allow: "user:create", reach: "site" },
    { allow: "template:create", reach: "site" },
    { allow: "template:read", reach: "site" },
    { allow: "template:update", reach: "site" },
    { allow: "file:create", reach: "site" },
    { allow: "file:read", reach: "site" },
    { allow: "organization:read", reach: "site" },
  ],
};
