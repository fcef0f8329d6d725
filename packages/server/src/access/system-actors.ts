import type { SystemActorName } from "./actor.ts";
import type { RoleDefinition } from "./permission.ts";

/** What each part of the server may do by itself: nothing else. "Own" is the pool's: what the prebuilds user owns. */
export const systemPermissions: Readonly<Record<SystemActorName, Pick<RoleDefinition, "site" | "user">>> = {
  "prebuilds orchestrator": {
    site: ["template:read", "template:use", "organization_member:*"],
    user: ["workspace:*"],
  },
  "provisioner daemon": {
    site: ["file:read", "template:read", "template:update", "workspace:read", "workspace:update", "user:read"],
  },
  autobuild: { site: ["template:read", "template:use", "workspace:*"] },
  agents: { site: ["workspace:read", "workspace:update"] },
  setup: {
    site: [
      "user:create",
      "template:create",
      "template:read",
      "template:update",
      "file:create",
      "file:read",
      "organization:read",
    ],
  },
};
