import { sql } from "kysely";
import type * as api from "@hearth/sdk";
import {
  computed,
  defineStatement,
  sampleId,
  stored,
  type Db,
  type RowOfShape,
  type Tx,
} from "../ground/database/index.ts";
import { chatColumns } from "./store/rows.ts";

const renderShape = {
  ...chatColumns.shape,
  owner_username: stored("users.username"),
  owner_name: stored("users.name"),
  is_shared: computed.boolean,
  has_unread: computed.boolean,
};

/** A chat with what the API shows beside its row. */
export type ChatRender = RowOfShape<typeof renderShape>;

const find = defineStatement({
  name: "chats.find_renders",
  columns: renderShape,
  samples: [
    { ids: [sampleId], withChildren: true },
    { ids: [sampleId], withChildren: false },
  ],
  build: ({ ids, withChildren }: { ids: readonly string[]; withChildren: boolean }) => sql`
    select ${chatColumns.of("c")}, u.username as owner_username, u.name as owner_name,
      (r.user_acl <> '{}' or r.group_acl <> '{}') as is_shared,
      exists (
        select from chat_messages m where m.chat_id = c.id and m.id > c.last_read_message_id
          and m.role = 'assistant' and m.visibility <> 'model' and not m.deleted
      ) as has_unread
    from chats c join chats r on r.id = coalesce(c.root_chat_id, c.id) join users u on u.id = c.owner_id
    where c.id = any(${[...ids]}::uuid[]) ${withChildren ? sql`or c.root_chat_id = any(${[...ids]}::uuid[])` : sql``}
    order by c.created_at, c.id`,
});

/**
 * These chats as the API shows them, in the order of the ids, each with those that it began. `event`: as a creation answers, and
 * watchers are told. One statement.
 */
export async function renderChats(
  db: Db | Tx,
  ids: readonly string[],
  shape: "whole" | "event" = "whole",
): Promise<api.Chat[]> {
  const isEvent = shape === "event";
  if (ids.length === 0) return [];
  const rows = await find.all(db, { ids, withChildren: !isEvent });
  const children = Map.groupBy(
    rows.filter((row) => row.root_chat_id !== null && !ids.includes(row.id)),
    (row) => row.root_chat_id,
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => {
    const row = byId.get(id);
    if (row === undefined) return [];
    return [
      toApiChat(
        row,
        (children.get(id) ?? []).map((child) => ({ ...toApiChat(child, [], isEvent), children: [] })),
        isEvent,
      ),
    ];
  });
}

/** Pure. Of an event `has_unread` is not computed, nor what is known of changes. @see spec/chat.md §3.1, §18.4 */
function toApiChat(row: ChatRender, children: readonly api.ChildChat[], isEvent: boolean): api.Chat {
  return {
    id: row.id,
    organization_id: row.organization_id,
    owner_id: row.owner_id,
    owner_username: row.owner_username,
    owner_name: row.owner_name,
    ...(row.workspace_id === null ? {} : { workspace_id: row.workspace_id }),
    ...(row.build_id === null ? {} : { build_id: row.build_id }),
    ...(row.agent_id === null ? {} : { agent_id: row.agent_id }),
    ...(row.parent_chat_id === null ? {} : { parent_chat_id: row.parent_chat_id }),
    root_chat_id: row.root_chat_id ?? row.id,
    last_model_config_id: row.last_model_config_id,
    ...(row.last_reasoning_effort === null ? {} : { last_reasoning_effort: row.last_reasoning_effort }),
    title: row.title,
    status: row.status,
    ...(row.plan_mode === null ? {} : { plan_mode: row.plan_mode }),
    ...(row.last_error === null ? {} : { last_error: row.last_error }),
    last_turn_summary: row.last_turn_summary,
    ...(isEvent ? {} : { diff_status: withoutDiff(row.id) }),
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    archived: row.archived,
    shared: row.is_shared,
    pin_order: row.pin_order,
    mcp_server_ids: row.mcp_server_ids,
    labels: row.labels,
    has_unread: !isEvent && row.has_unread,
    client_type: row.client_type,
    children: [...children],
  };
}

function withoutDiff(chatId: string): api.ChatDiffStatus {
  return {
    chat_id: chatId,
    pull_request_title: "",
    pull_request_draft: false,
    changes_requested: false,
    additions: 0,
    deletions: 0,
    changed_files: 0,
  };
}
