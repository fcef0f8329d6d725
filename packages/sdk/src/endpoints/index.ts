// Every route of the API as a value, by area: the server gives each a handler, the client calls them.
export * as auth from "./auth.ts";
export * as tokens from "./tokens.ts";
export * as users from "./users.ts";
export * as organizations from "./organizations.ts";
export * as groups from "./groups.ts";
export * as sharing from "./sharing.ts";
export * as files from "./files.ts";
export * as templates from "./templates.ts";
export * as templateVersions from "./template-versions.ts";
export * as workspaces from "./workspaces.ts";
export * as builds from "./builds.ts";
export * as agents from "./agents.ts";
export * as agentSelf from "./agent-self.ts";
export * as provisioners from "./provisioners.ts";
export * as prebuilds from "./prebuilds.ts";
export * as deployment from "./deployment.ts";
export * as hearth from "./hearth.ts";
