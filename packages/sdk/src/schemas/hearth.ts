import { z } from "zod";
import { Time, Uuid } from "../scalars.ts";

// What the reference's contract lacks: Hearth's own words. They are added to its answers, never in the place of one.

/** What runs a template's workspaces. */
export const EngineName = z.enum(["process", "docker", "kubernetes", "terraform"]);
export type EngineName = z.infer<typeof EngineName>;

/** How a workspace came to be its owner's: a warm one changed hands, or one was built. */
export const WorkspaceOrigin = z.object({
  how: z.enum(["claimed", "built"]),
  /** From the request until its agents were ready, in milliseconds; null while they are not, or when they failed. */
  ready_ms: z.int().nullable(),
});
export type WorkspaceOrigin = z.infer<typeof WorkspaceOrigin>;

/** The pool of one preset of a template's active version. */
export const Pool = z.object({
  preset_id: Uuid,
  preset_name: z.string(),
  is_default: z.boolean(),
  /** What is wanted now; null when the preset keeps no pool. */
  desired: z.int().nullable(),
  /** Ready to be claimed. */
  ready: z.int(),
  /** Being built, or not ready yet. */
  building: z.int(),
  /** Median of what creating with this preset took lately, until ready; null when it is not known. */
  expected_wait_ms: z.int().nullable(),
  status: z.enum(["healthy", "hard_limited", "validation_failed", "sandbox_required"]),
  /** Why nothing is built for it; empty while it is healthy. */
  status_detail: z.string(),
});
export type Pool = z.infer<typeof Pool>;

/** Something changed about a workspace that the caller may read: read it again. */
export const WorkspaceEvent = z.object({
  kind: z.enum([
    "state_change",
    "stats_update",
    "mtd_update",
    "app_health",
    "agt_lifecycle_update",
    "agt_connection_update",
    "agt_first_logs",
    "agt_logs_overflow",
    "agt_timeout",
    "agt_app_status_update",
    "resync",
  ]),
  /** All-zero for `resync`: events may have been lost, read everything again. */
  workspace_id: Uuid,
  agent_id: Uuid.optional(),
  at: Time.optional(),
});
export type WorkspaceEvent = z.infer<typeof WorkspaceEvent>;
