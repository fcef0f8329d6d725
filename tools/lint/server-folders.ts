/** The folder of a file of `packages/server/src`, which in the ground is one below; undefined for files directly in it. */
export function serverFolderOf(file: string): string | undefined {
  return /^(?:ground\/)?[^/]+(?=\/)/.exec(file)?.[0];
}

const ground = [
  "ground/database",
  "ground/disk",
  "ground/http",
  "ground/lifecycle",
  "ground/live",
  "ground/outbox",
  "ground/pubsub",
  "ground/telemetry",
];

/**
 * What each folder of the server may use of the others, types included: what stands above it in this list. The files
 * directly in `src` put the house together and may use all.
 *
 * A capability that must react to one that stands below it subscribes to its events, or is handed a function by `main.ts`.
 */
export const mayUse: Readonly<Record<string, readonly string[]>> = {
  "ground/database": [],
  "ground/disk": [],
  "ground/outbox": ["ground/database", "ground/pubsub"],
  "ground/pubsub": [],
  "ground/telemetry": [],
  // Who asks, and what a route declares that it checks: a route is let in before it is run, and holds what it opened.
  "ground/http": ["access", "ground/database", "ground/live", "ground/pubsub"],
  "ground/live": ["access", "ground/pubsub"],
  // A capability is what it has for these.
  "ground/lifecycle": ["ground/database", "ground/http", "ground/outbox"],
  access: ["ground/database"],
  views: ["access", ...ground],
  // What others do is recorded with it: whoever does it calls this.
  audit: ["access", ...ground],
  replicas: ["access", ...ground],
  config: [],
  deployment: ground,
  identity: ["access", "audit", "views", ...ground],
  jobs: ["access", "identity", "views", ...ground],
  agents: ["access", "identity", "replicas", "views", ...ground],
  templates: ["access", "agents", "identity", "jobs", "views", ...ground],
  workspaces: ["access", "agents", "identity", "jobs", "templates", "views", ...ground],
  prebuilds: ["access", "agents", "identity", "jobs", "templates", "views", "workspaces", ...ground],
  // Who serves models, whose keys they are, and which an organization has.
  ai: ["access", "identity", ...ground],
  // A workspace and a command in one.
  runs: ["access", "agents", "identity", "jobs", "replicas", "templates", "views", "workspaces", ...ground],
  // The tools of a chat are what its owner may do.
  chats: ["access", "ai", "identity", "workspaces", ...ground],
  // The first start makes what users would: an owner, a template.
  setup: ["access", "config", "identity", "jobs", "templates", ...ground],
};
