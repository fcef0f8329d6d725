import type { Tables } from "./tables.ts";

/**
 * The folder that owns each table: it alone writes it. A migration that adds a table does not compile until the table has
 * its owner here. The rule `hearth/table-owner` holds the sources to it.
 */
export const owners = {
  ai_provider_keys: "ai",
  ai_providers: "ai",
  api_keys: "identity",
  build_idempotency_keys: "workspaces",
  chat_messages: "chats",
  chat_queued_messages: "chats",
  chats: "chats",
  chat_model_configs: "ai",
  chat_organization_model_overrides: "ai",
  chat_user_model_overrides: "ai",
  custom_roles: "identity",
  deployment_keys: "identity",
  files: "templates",
  git_ssh_keys: "identity",
  group_members: "identity",
  groups: "identity",
  organization_members: "identity",
  organizations: "identity",
  outbox: "ground/outbox",
  provisioner_daemons: "jobs",
  provisioner_job_logs: "jobs",
  provisioner_job_secrets: "jobs",
  provisioner_job_timings: "jobs",
  provisioner_jobs: "jobs",
  replicas: "replicas",
  runs: "runs",
  schema_migrations: "ground/database",
  seal_check: "identity",
  site_settings: "prebuilds",
  template_version_parameters: "templates",
  template_version_preset_parameters: "templates",
  template_version_preset_prebuild_schedules: "templates",
  template_version_presets: "templates",
  template_version_secrets: "templates",
  template_version_variables: "templates",
  template_versions: "templates",
  templates: "templates",
  unsealed: "identity",
  user_ai_provider_keys: "ai",
  user_secret_values: "identity",
  user_secrets: "identity",
  users: "identity",
  workspace_agent_log_sources: "agents",
  workspace_agent_logs: "agents",
  workspace_agent_metadata: "agents",
  workspace_agent_script_timings: "agents",
  workspace_agent_scripts: "agents",
  workspace_agent_stats: "agents",
  workspace_agents: "agents",
  workspace_apps: "agents",
  workspace_build_parameters: "workspaces",
  workspace_build_secrets: "workspaces",
  workspace_build_states: "workspaces",
  workspace_builds: "workspaces",
  workspace_placements: "workspaces",
  workspace_favorites: "workspaces",
  workspace_resources: "agents",
  workspaces: "workspaces",
} as const satisfies Record<keyof Tables, string>;

/** The tables of others that a folder's statements name, to read them. `views/` reads all; whatever is not here is asked of its owner. */
export const mayRead: Readonly<Record<string, readonly (keyof Tables)[]>> = {
  // A session's right to be depends on its workspace's builds and their jobs, and is asked in one statement.
  agents: [
    "provisioner_jobs",
    "replicas",
    "templates",
    // All that an agent is told is one statement.
    "user_secret_values",
    "user_secrets",
    "users",
    "workspace_builds",
    "workspaces",
  ],
  // A page of chats is one statement.
  chats: ["users"],
  // A pool is decided by everything at one instant.
  prebuilds: [
    "provisioner_daemons",
    "provisioner_jobs",
    "replicas",
    "template_version_preset_prebuild_schedules",
    "template_version_presets",
    "template_versions",
    "templates",
    "workspace_agents",
    "workspace_build_parameters",
    "workspace_builds",
    "workspace_resources",
    "workspaces",
  ],
  // The sessions of a replica that is gone end in the statement that removes it, and their owners hear of it.
  replicas: ["workspace_agents", "workspaces"],
  // A page of workspaces, and all that a build is decided by, are one statement each.
  workspaces: [
    "git_ssh_keys",
    "groups",
    "organizations",
    "provisioner_job_timings",
    "provisioner_jobs",
    "template_version_parameters",
    "template_version_preset_parameters",
    "template_version_presets",
    "template_version_secrets",
    "template_version_variables",
    "template_versions",
    "templates",
    "users",
    "workspace_agent_script_timings",
    "workspace_agent_scripts",
    "workspace_agents",
    "workspace_resources",
  ],
};

/** Files that write a table of somebody else, each with why no door of the owner would do. */
export const mayWrite: Readonly<Record<string, readonly (keyof Tables)[]>> = {
  // A replica's row and its sessions end in one statement, or an agent would stay connected to nobody.
  "replicas/remove-replicas.ts": ["workspace_agents"],
};
