import type { Action } from "./catalogue.ts";

/** What a part of the server may do by itself: to anything, and to what the pools' own user owns. */
export interface SystemPermissions {
  readonly site: readonly Action[];
  readonly user?: readonly Action[];
}

/**
 * What each part of the server may do by itself: nothing else, action by action, so that a test can take away each and
 * see the part refused. Whatever acts beside requests is on this list.
 */
export const systemPermissions = {
  "prebuilds orchestrator": {
    site: ["organization_member:create", "prebuilds_settings:read", "template:read", "template:update"],
    user: ["workspace:create", "workspace:delete", "workspace:update"],
  },
  "provisioner daemon": {
    site: [
      "file:read",
      "provisioner_daemon:create",
      "provisioner_daemon:delete",
      "provisioner_daemon:update",
      "provisioner_jobs:update",
      "template:update",
      "workspace:delete",
      "workspace:read",
      "workspace:update",
    ],
  },
  agents: { site: ["user_secret:read", "workspace:read", "workspace:update", "workspace:update_agent"] },
  // Carries on what the owners of chats began.
  chats: { site: ["chat:update"] },
  outbox: { site: ["audit_log:create"] },
  // What it takes a workspace away for: its owner has asked for that with the run.
  runs: { site: ["workspace:delete"] },
  setup: { site: ["user:create"] },
  "demo model": { site: ["ai_provider:create", "chat_model_config:create"] },
} as const satisfies Readonly<Record<string, SystemPermissions>>;

/** Parts of the server that act by themselves, each with only the rights it needs. */
export type SystemActorName = keyof typeof systemPermissions;

/**
 * A part of the server lacks a right that it needs: a fault of `systemPermissions`, never of whoever asked for something.
 * It leaves the thing alone and goes on with others.
 */
export class RightMissing extends Error {
  override readonly name = "RightMissing";
  readonly actor: string;
  readonly action: Action;

  constructor(actor: string, action: Action) {
    super(`The ${actor} of this server may not do this: it lacks the right ${action}.`);
    this.actor = actor;
    this.action = action;
  }
}

/** For what is tried again when it fails: a right that is missing stays missing, and was logged. */
export function unlessRefused(error: unknown): void {
  if (!(error instanceof RightMissing)) throw error;
}
