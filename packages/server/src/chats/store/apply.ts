import { sql } from "kysely";
import type { Granted, Thing } from "../../access/index.ts";
import {
  computed,
  defineStatement,
  sampleId,
  sampleMs,
  type Fragment,
  type JsonRowOf,
  type RowOfShape,
  type Statement,
} from "../../ground/database/index.ts";
import type { Changes, NewMessage } from "../machine/index.ts";
import { chatColumns, messageColumns, queueColumns, type QueuedRow } from "./rows.ts";

/** For whom a write is: nothing is written where the chat has gone on since. */
export interface Fence {
  readonly snapshotVersion: number;
}

export interface Apply {
  readonly id: string;
  readonly fence: Fence;
  readonly changes: Changes;
  readonly nowMs: number;
}

const appliedShape = {
  ...chatColumns.shape,
  inserted: computed.json<JsonRowOf<typeof messageColumns>[]>(),
  enqueued: computed.json<QueuedRow[]>(),
  removed: computed.json<number[]>(),
};

/** A chat as it was written, with what came and went. */
export type Applied = RowOfShape<typeof appliedShape>;

const sampleMessage: NewMessage = { role: "user", content: [], model_config_id: sampleId };
const samples: readonly Apply[] = [
  {
    id: sampleId,
    fence: { snapshotVersion: 1 },
    nowMs: sampleMs,
    changes: {
      status: "running",
      archived: false,
      lastError: null,
      deadlineMs: null,
      removeFrom: 1,
      insert: [sampleMessage],
      enqueue: [
        {
          content: [],
          model_config_id: null,
          reasoning_effort: null,
          mcp_server_ids: null,
          plan_mode: null,
          created_by: sampleId,
        },
      ],
      dequeue: [1],
      nextAttempt: true,
      modelConfigId: sampleId,
      reasoningEffort: null,
      planMode: null,
      mcpServerIds: [],
      unpin: true,
    },
  },
  {
    id: sampleId,
    fence: { snapshotVersion: 1 },
    nowMs: sampleMs,
    changes: {
      queueFirst: 1,
      retry: { attempt: 1, delay_ms: 1, error: "", retrying_at: new Date(sampleMs).toISOString() },
    },
  },
];

/**
 * The one statement that writes execution state: what the changes say, and the versions that follow from them.
 *
 * `snapshot_version` grows by one; a change of the history makes it the `history_version` and the `revision` of the rows
 * that were written, and begins attempts anew; a change of the queue makes it the `queue_version`. A chat that rests is
 * nobody's. @see spec/chat.md §3.1, §4.3
 */
const apply = defineStatement({
  name: "chats.apply",
  columns: appliedShape,
  samples,
  build: ({ id, fence, changes, nowMs }: Apply) => {
    const now = new Date(nowMs);
    return sql`
    with chat as (
      update chats c set ${sql.join(settings(changes, now), sql`, `)} where c.id = ${id} and c.snapshot_version = ${fence.snapshotVersion} returning c.*
    )
    ${sql.join(writes(changes, now), sql` `)}
    select ${chatColumns.of("chat")},
      ${rowsOf(has(changes.insert), "inserted", sql`jsonb_build_object(${messageColumns.json("inserted")})`)} as inserted,
      ${rowsOf(has(changes.enqueue), "enqueued", sql`jsonb_build_object(${queueColumns.json("enqueued")})`)} as enqueued,
      ${rowsOf(changes.removeFrom !== undefined, "removed", sql`to_jsonb(removed.id)`)} as removed
    from chat`;
  },
});

/** For who commits it, alone or in a transaction of several chats; `granted` is what lets one change the chat. */
export function applyStatement(_granted: ChangeGrant): Statement<Apply, Applied> {
  return apply;
}

/** What lets one change a chat: its owner's right, or a part of the server's. */
export type ChangeGrant = Granted<"chat:update", Thing>;

const has = (list: readonly unknown[] | undefined): boolean => list !== undefined && list.length > 0;

function settings(changes: Changes, now: Date): Fragment[] {
  const next: Fragment = sql`c.snapshot_version + 1`;
  const set: Fragment[] = [sql`snapshot_version = ${next}`, sql`updated_at = ${now}`];
  const changesHistory = has(changes.insert) || changes.removeFrom !== undefined;
  const changesQueue = has(changes.enqueue) || has(changes.dequeue) || changes.queueFirst !== undefined;
  if (changesHistory) set.push(sql`history_version = ${next}`);
  if (changesQueue) set.push(sql`queue_version = ${next}`);
  if (changesHistory) set.push(sql`generation_attempt = ${changes.nextAttempt === true ? 1 : 0}`);
  else if (changes.nextAttempt === true) set.push(sql`generation_attempt = c.generation_attempt + 1`);
  if (changes.retry !== undefined) {
    set.push(sql`retry_state = ${JSON.stringify(changes.retry)}`, sql`retry_state_version = ${next}`);
  } else if (changesHistory || changes.nextAttempt === true) {
    set.push(
      sql`retry_state = null`,
      sql`retry_state_version = case when c.retry_state is null then c.retry_state_version else ${next} end`,
    );
  }
  if (changes.status !== undefined) set.push(sql`status = ${changes.status}`);
  if (changes.status === "waiting" || changes.status === "error") {
    set.push(sql`worker_id = null`, sql`runner_id = null`);
  }
  if (changes.archived !== undefined) set.push(sql`archived = ${changes.archived}`);
  if (changes.unpin === true) set.push(sql`pin_order = 0`);
  if (changes.lastError !== undefined) {
    set.push(sql`last_error = ${changes.lastError === null ? null : JSON.stringify(changes.lastError)}::jsonb`);
  }
  if (changes.deadlineMs !== undefined) {
    const deadline = changes.deadlineMs === null ? null : new Date(changes.deadlineMs);
    set.push(sql`requires_action_deadline_at = ${deadline}::timestamptz`);
  }
  if (changes.modelConfigId !== undefined) set.push(sql`last_model_config_id = ${changes.modelConfigId}::uuid`);
  if (changes.reasoningEffort !== undefined) set.push(sql`last_reasoning_effort = ${changes.reasoningEffort}::text`);
  if (changes.planMode !== undefined) set.push(sql`plan_mode = ${changes.planMode}::text`);
  if (changes.mcpServerIds !== undefined) set.push(sql`mcp_server_ids = ${[...changes.mcpServerIds]}::uuid[]`);
  return set;
}

/** What is written beside the chat's row, each of it only where that was. */
function writes({ removeFrom, insert, enqueue, dequeue, queueFirst }: Changes, now: Date): Fragment[] {
  const parts: Fragment[] = [];
  if (removeFrom !== undefined) {
    parts.push(sql`, removed as (
      update chat_messages m set deleted = true, revision = chat.snapshot_version from chat
      where m.chat_id = chat.id and m.id >= ${removeFrom} and not m.deleted returning m.id
    )`);
  }
  if (insert !== undefined && insert.length > 0)
    parts.push(sql`, inserted as (${insertMessages(insert, now, "chat")})`);
  if (dequeue !== undefined && dequeue.length > 0) {
    parts.push(sql`, dequeued as (
      delete from chat_queued_messages q using chat where q.chat_id = chat.id and q.id = any(${[...dequeue]}::bigint[])
    )`);
  }
  if (enqueue !== undefined && enqueue.length > 0) {
    parts.push(sql`, enqueued as (
      insert into chat_queued_messages
        (chat_id, content, model_config_id, reasoning_effort, mcp_server_ids, plan_mode, created_by, position, created_at)
      select chat.id, m.content, m.model_config_id, m.reasoning_effort, m.mcp_server_ids, m.plan_mode, m.created_by,
        coalesce((select max(q.position) from chat_queued_messages q where q.chat_id = chat.id), 0) + m.place, ${now}
      from chat cross join jsonb_to_recordset(${JSON.stringify(enqueue.map((message, at) => ({ ...message, place: at + 1 })))}::jsonb)
        as m (place integer, content jsonb, model_config_id uuid, reasoning_effort text, mcp_server_ids uuid[],
          plan_mode text, created_by uuid)
      order by m.place
      returning *
    )`);
  }
  if (queueFirst !== undefined) {
    parts.push(sql`, first as (
      update chat_queued_messages q set
        position = (select min(o.position) from chat_queued_messages o where o.chat_id = chat.id) - 1
      from chat where q.chat_id = chat.id and q.id = ${queueFirst}
    )`);
  }
  return parts;
}

/** Inserts these messages of the chat whose row `from` gives; in order, with its snapshot version as their revision. */
export function insertMessages(messages: readonly NewMessage[], now: Date, from: string): Fragment {
  const rows = messages.map(({ usage, ...message }, at) => ({
    visibility: "both",
    compressed: false,
    ...message,
    ...usage,
    place: at + 1,
  }));
  const chat = sql.table(from);
  return sql`
      insert into chat_messages
        (chat_id, role, content, visibility, created_by, model_config_id, reasoning_effort, compressed, revision,
          provider_response_id, created_at, input_tokens, output_tokens, total_tokens, reasoning_tokens,
          cache_creation_tokens, cache_read_tokens, context_limit, runtime_ms, total_cost_micros)
      select ${chat}.id, m.role, m.content, m.visibility, m.created_by, m.model_config_id, m.reasoning_effort, m.compressed,
        ${chat}.snapshot_version, m.provider_response_id, ${now}, m.input_tokens, m.output_tokens, m.total_tokens,
        m.reasoning_tokens, m.cache_creation_tokens, m.cache_read_tokens, m.context_limit, m.runtime_ms, m.total_cost_micros
      from ${chat} cross join jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as m (place integer, role text, content jsonb, visibility text, created_by uuid, model_config_id uuid,
          reasoning_effort text, compressed boolean, provider_response_id text, input_tokens bigint, output_tokens bigint,
          total_tokens bigint, reasoning_tokens bigint, cache_creation_tokens bigint, cache_read_tokens bigint,
          context_limit bigint, runtime_ms bigint, total_cost_micros bigint)
      order by m.place
      returning *`;
}

/** The rows of one of the parts, in order, or none where it was not written. */
export function rowsOf(isThere: boolean, part: string, value: Fragment): Fragment {
  if (!isThere) return sql`'[]'::jsonb`;
  return sql`coalesce((select jsonb_agg(${value} order by ${sql.ref(`${part}.id`)}) from ${sql.table(part)}), '[]')`;
}
