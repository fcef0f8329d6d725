/**
 * What may be acted upon, and what may be done to it. Names as in the contract's RBACResource and RBACAction; below the
 * line are ours.
 */
export const catalogue = {
  ai_gateway_key: ["create", "read", "update", "delete"],
  ai_model_price: ["read", "update"],
  ai_provider: ["create", "read", "update", "delete"],
  aibridge_interception: ["create", "read", "update"],
  api_key: ["create", "read", "update", "delete"],
  assign_org_role: ["assign", "create", "delete", "read", "unassign", "update"],
  assign_role: ["assign", "read", "unassign"],
  audit_log: ["create", "read"],
  boundary_log: ["create", "read", "delete"],
  chat: ["create", "read", "update", "delete", "share"],
  connection_log: ["read", "update"],
  crypto_key: ["create", "read", "update", "delete"],
  debug_info: ["read"],
  deployment_config: ["read", "update"],
  deployment_stats: ["read"],
  file: ["create", "read"],
  group: ["create", "read", "update", "delete"],
  group_member: ["read"],
  idpsync_settings: ["read", "update"],
  inbox_notification: ["create", "read", "update"],
  license: ["create", "read", "delete"],
  notification_message: ["create", "read", "update", "delete"],
  notification_preference: ["read", "update"],
  notification_template: ["read", "update"],
  oauth2_app: ["create", "read", "update", "delete"],
  oauth2_app_code_token: ["create", "read", "delete"],
  oauth2_app_secret: ["create", "read", "update", "delete"],
  organization: ["create", "read", "update", "delete"],
  organization_member: ["create", "read", "update", "delete"],
  prebuilt_workspace: ["update", "delete"],
  provisioner_daemon: ["create", "read", "update", "delete"],
  provisioner_jobs: ["create", "read", "update"],
  replicas: ["read"],
  system: ["create", "read", "update", "delete"],
  tailnet_coordinator: ["create", "read", "update", "delete"],
  task: ["create", "read", "update", "delete"],
  template: ["create", "read", "update", "delete", "use", "view_insights"],
  usage_event: ["create", "read", "update"],
  user: ["create", "read", "update", "delete", "read_personal", "update_personal"],
  user_secret: ["create", "read", "update", "delete"],
  user_skill: ["create", "read", "update", "delete"],
  webpush_subscription: ["create", "read", "delete"],
  workspace: [
    "create",
    "read",
    "update",
    "delete",
    "start",
    "stop",
    "ssh",
    "application_connect",
    "share",
    "create_agent",
    "update_agent",
    "delete_agent",
  ],
  workspace_agent_devcontainers: ["create"],
  workspace_agent_resource_monitor: ["create", "read", "update"],
  workspace_dormant: ["create", "read", "update", "delete", "stop", "create_agent", "update_agent", "delete_agent"],
  workspace_proxy: ["create", "read", "update", "delete"],
  // ---
  chat_model_config: ["create", "read", "update", "delete"],
  prebuilds_settings: ["read", "update"],
} as const;

export type ResourceType = keyof typeof catalogue;

/** `workspace:read`: what a route declares, and what a grant is for. */
export type Action = { [Type in ResourceType]: `${Type}:${(typeof catalogue)[Type][number]}` }[ResourceType];

/** Every action there is, in order. */
export const actions: readonly Action[] = Object.entries(catalogue).flatMap(
  ([type, names]) => names.map((name) => `${type}:${name}` as Action), // the pairs of the catalogue are what the type is made of
);

/** The type that an action is done to. */
export function typeOf(action: Action): ResourceType {
  return action.slice(0, action.indexOf(":")) as ResourceType; // an action begins with its type
}
