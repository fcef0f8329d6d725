import type { Permission, RoleDefinition } from "./permission.ts";

/** On types of which nothing but all or nothing is told apart. */
const whole: readonly Permission[] = [
  "ai_gateway_key:*",
  "ai_model_price:*",
  "ai_provider:*",
  "aibridge_interception:*",
  "api_key:*",
  "assign_org_role:*",
  "audit_log:*",
  "chat:*",
  "connection_log:*",
  "crypto_key:*",
  "debug_info:*",
  "deployment_config:*",
  "deployment_stats:*",
  "file:*",
  "group:*",
  "group_member:*",
  "idpsync_settings:*",
  "inbox_notification:*",
  "license:*",
  "notification_message:*",
  "notification_preference:*",
  "notification_template:*",
  "oauth2_app:*",
  "oauth2_app_code_token:*",
  "oauth2_app_secret:*",
  "organization:*",
  "organization_member:*",
  "provisioner_daemon:*",
  "provisioner_jobs:*",
  "replicas:*",
  "system:*",
  "tailnet_coordinator:*",
  "task:*",
  "template:*",
  "user:*",
  "webpush_subscription:*",
  "workspace_agent_devcontainers:*",
  "workspace_agent_resource_monitor:*",
  "workspace_proxy:*",
];

const manageWorkspace: readonly Permission[] = [
  "workspace:create",
  "workspace:create_agent",
  "workspace:delete",
  "workspace:delete_agent",
  "workspace:read",
  "workspace:share",
  "workspace:start",
  "workspace:stop",
  "workspace:update",
  "workspace:update_agent",
];

/** To be inside: terminals, SSH and apps. */
const enterWorkspace: readonly Permission[] = ["workspace:application_connect", "workspace:ssh"];

/** A dormant workspace is neither started nor entered before it is woken. */
const dormantWorkspace: readonly Permission[] = [
  "workspace_dormant:create",
  "workspace_dormant:create_agent",
  "workspace_dormant:delete",
  "workspace_dormant:delete_agent",
  "workspace_dormant:read",
  "workspace_dormant:stop",
  "workspace_dormant:update",
  "workspace_dormant:update_agent",
];

const prebuiltWorkspace: readonly Permission[] = ["prebuilt_workspace:delete", "prebuilt_workspace:update"];

const template: readonly Permission[] = [
  "template:create",
  "template:delete",
  "template:read",
  "template:update",
  "template:use",
  "template:view_insights",
];

const daemon: readonly Permission[] = [
  "provisioner_daemon:create",
  "provisioner_daemon:delete",
  "provisioner_daemon:read",
  "provisioner_daemon:update",
];

const people: readonly Permission[] = [
  "assign_org_role:assign",
  "assign_org_role:read",
  "assign_org_role:unassign",
  "group:create",
  "group:delete",
  "group:read",
  "group:update",
  "group_member:read",
  "idpsync_settings:read",
  "idpsync_settings:update",
  "organization:read",
  "organization_member:create",
  "organization_member:delete",
  "organization_member:read",
  "organization_member:update",
];

const readOrganization: readonly Permission[] = [
  "group:read",
  "group_member:read",
  "organization:read",
  "organization_member:read",
];

/** Roles of the whole deployment. @see spec/api.md §2, "Built-in roles" */
export const siteRoles: readonly RoleDefinition[] = [
  {
    name: "owner",
    displayName: "Owner",
    assignable: true,
    site: [
      ...whole,
      "assign_role:*",
      "boundary_log:read",
      ...prebuiltWorkspace,
      "user_skill:delete",
      "user_skill:read",
      ...manageWorkspace,
      ...enterWorkspace,
      ...dormantWorkspace,
      "prebuilds_settings:*",
      "chat_model_config:*",
    ],
  },
  {
    name: "member",
    displayName: "Member",
    assignable: false,
    site: ["assign_role:read"],
    user: [
      "user:read",
      "user:read_personal",
      "user:update_personal",
      "api_key:*",
      "file:*",
      "inbox_notification:*",
      "notification_preference:*",
      "user_secret:*",
      "user_skill:*",
      "webpush_subscription:*",
    ],
  },
  {
    name: "auditor",
    displayName: "Auditor",
    assignable: true,
    site: [
      "aibridge_interception:read",
      "assign_org_role:read",
      "audit_log:read",
      "boundary_log:read",
      "connection_log:read",
      "deployment_config:read",
      "deployment_stats:read",
      ...readOrganization,
      "template:read",
      "template:view_insights",
      "user:read",
    ],
  },
  {
    name: "template-admin",
    displayName: "Template Admin",
    assignable: true,
    site: [
      "assign_org_role:read",
      "file:create",
      "file:read",
      ...readOrganization,
      ...prebuiltWorkspace,
      ...daemon,
      ...template,
      "user:read",
      "workspace:read",
      "workspace_dormant:read",
    ],
  },
  {
    name: "user-admin",
    displayName: "User Admin",
    assignable: true,
    site: [
      ...people,
      "assign_role:assign",
      "assign_role:read",
      "assign_role:unassign",
      "user:create",
      "user:delete",
      "user:read",
      "user:read_personal",
      "user:update",
      "user:update_personal",
    ],
  },
];

/** Roles within an organization. @see spec/api.md §2, "Built-in roles" */
export const organizationRoles: readonly RoleDefinition[] = [
  {
    name: "organization-admin",
    displayName: "Organization Admin",
    assignable: true,
    site: ["user:read"],
    // All but to enter: terminals, SSH and apps of others are for their owners, and the deployment's.
    organization: [
      ...whole,
      "usage_event:*",
      "user_skill:*",
      "chat_model_config:*",
      ...prebuiltWorkspace,
      ...manageWorkspace,
      ...dormantWorkspace,
    ],
  },
  {
    name: "organization-member",
    displayName: "",
    assignable: false,
    organization: [
      "organization:read",
      "organization_member:read",
      "assign_org_role:read",
      "group:read",
      "group_member:read",
    ],
    member: [...manageWorkspace, ...enterWorkspace, ...dormantWorkspace],
  },
  {
    name: "organization-auditor",
    displayName: "Organization Auditor",
    assignable: true,
    organization: [
      "audit_log:read",
      "connection_log:read",
      ...readOrganization,
      "template:read",
      "template:view_insights",
    ],
  },
  {
    name: "organization-template-admin",
    displayName: "Organization Template Admin",
    assignable: true,
    organization: [
      "file:create",
      "file:read",
      ...readOrganization,
      ...prebuiltWorkspace,
      ...daemon,
      "provisioner_jobs:create",
      "provisioner_jobs:read",
      "provisioner_jobs:update",
      ...template,
      "workspace:read",
      "workspace_dormant:read",
    ],
  },
  {
    name: "organization-user-admin",
    displayName: "Organization User Admin",
    assignable: true,
    site: ["user:read"],
    organization: people,
  },
  {
    name: "organization-workspace-access",
    displayName: "Organization Workspace Access",
    assignable: true,
    member: [
      "file:create",
      "file:read",
      "provisioner_daemon:create",
      "provisioner_daemon:read",
      "task:create",
      "task:delete",
      "task:read",
      "task:update",
      ...manageWorkspace,
      ...enterWorkspace,
      ...dormantWorkspace,
    ],
  },
  {
    name: "organization-workspace-creation-ban",
    displayName: "Organization Workspace Creation Ban",
    assignable: true,
    organization: ["!workspace:create", "!workspace:create_agent", "!workspace:delete", "!workspace:delete_agent"],
  },
  {
    name: "agents-access",
    displayName: "Coder Agents User",
    assignable: true,
    member: ["chat:create", "chat:read", "chat:share", "chat:update"],
  },
];
