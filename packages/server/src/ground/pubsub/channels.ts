import { ChatWatchEventKind, EngineName } from "@hearth/sdk";
import { z } from "zod";

const WorkspaceEventKind = z.enum([
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
]);

/** Something about a workspace changed. Lifecycle events carry the agent. @see spec/agents.md §19 */
const WorkspaceEvent = z.object({
  kind: WorkspaceEventKind,
  workspace_id: z.guid(),
  agent_id: z.guid().optional(),
});

/** Empty message: the key says all. */
const Nothing = z.object({});

/**
 * Every channel with the schema of its messages. A message is a hint that something changed: whoever hears it reads the
 * database again, and a slow poll stands behind each subscription. The key narrows a channel to one thing; subscribing
 * to `"*"` hears every key.
 */
export const channels = {
  /** Key: owner id. Everything that a watcher of a workspace wants to hear. */
  workspace_owner: WorkspaceEvent,
  /** Key: organization id. A job waits for a worker that has what it requires. */
  provisioner_job_posted: z.object({
    tags: z.record(z.string(), z.string()),
    language: z.enum(["native", "terraform"]).nullable(),
    engine: EngineName.nullable(),
    host_id: z.guid().nullable(),
  }),
  /** Key: job id. Somebody asked the job to stop. */
  provisioner_job_canceled: Nothing,
  /** Key: job id. Lines were stored, or the log ended. */
  job_logs: z.object({ created_after: z.int().optional(), end_of_logs: z.boolean().optional() }),
  /** Key: agent id. */
  agent_logs: z.object({ created_after: z.int() }),
  /** Key: agent id. Values of these agents were stored. */
  agent_metadata: Nothing,
  /** Key: workspace id. The claim build ended; `failed` is terminal. */
  prebuild_claimed: z.object({
    workspace_id: z.guid(),
    reason: z.enum(["prebuild_claimed", "claim_failed"]),
    owner_id: z.guid().optional(),
    /** What `insertResources` resolved with: whoever holds a session of `from` needs no look-up to go on as `to`. */
    agents: z
      .array(z.object({ from: z.guid(), to: z.guid(), generation: z.int(), replica_id: z.guid().nullable() }))
      .optional(),
  }),
  /** Key: template id. Its active version changed, or its pool's settings did. */
  template: Nothing,
  /** Key: "". The pools are worth a look; `cause` is for metrics. */
  prebuilds_wake: z.object({ cause: z.string() }),
  /**
   * Key: user id. What the user may do has changed: its roles, memberships, groups, a key's scopes or list; or a key ended,
   * or the user may not come in any more. What it holds open is decided again.
   */
  user_access: Nothing,
  /**
   * Key: id of a workspace, a template or a chat. Its owner or its access list changed: who holds it open is asked again.
   * `taken_from`: users and groups that are no longer on its list, where they are few enough to be named.
   */
  object_access: z.object({ taken_from: z.array(z.guid()).max(100).optional() }),
  /** Key: kind of effect. One was written to the outbox. */
  outbox: Nothing,
  /** Key: "". A caller has spent another part of its requests of this minute (`window`) at one replica, `count` in all. */
  rate_spent: z.object({
    from: z.guid(),
    window: z.int(),
    bucket: z.string(),
    caller: z.string(),
    count: z.int(),
  }),
  /** Key: chat id. Its execution state was written. @see spec/chat.md §18.4 */
  chat_update: z.object({
    snapshot_version: z.int(),
    history_version: z.int(),
    queue_version: z.int(),
    retry_state_version: z.int(),
    generation_attempt: z.int(),
    worker_id: z.guid().nullable(),
    runner_id: z.guid().nullable(),
    status: z.enum(["waiting", "running", "interrupting", "requires_action", "error"]),
    archived: z.boolean(),
  }),
  /** Key: "". A chat waits for somebody to work on it. */
  chat_ownership: z.object({ chat_id: z.guid(), snapshot_version: z.int() }),
  /** Key: owner id. Something happened to a chat. */
  chat_watch: z.object({ kind: ChatWatchEventKind, chat_id: z.guid() }),
  /** Key: workspace id. What sessions of its agents cache is out of date. */
  workspace_identity: Nothing,
} as const satisfies Record<string, z.ZodType>;

export type Channel = keyof typeof channels;
export type Message<C extends Channel> = z.output<(typeof channels)[C]>;
export type WorkspaceEvent = z.output<typeof WorkspaceEvent>;
