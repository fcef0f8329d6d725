import { sql } from "kysely";
import type { DynamicTool } from "@hearth/sdk";
import type { Granted } from "../../access/index.ts";
import { defineStatement, sampleId, sampleMs, type RowOf, type Statement } from "../../ground/database/index.ts";
import type { NewMessage } from "../machine/index.ts";
import { insertMessages } from "./apply.ts";
import { chatColumns } from "./rows.ts";

/** What a chat begins with. */
export interface NewChat {
  readonly id: string;
  readonly title: string;
  readonly titleSource: "fallback" | "user";
  readonly clientType: "ui" | "api";
  readonly planMode: "plan" | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly mcpServerIds: readonly string[];
  readonly dynamicTools: readonly DynamicTool[] | null;
  readonly modelConfigId: string;
  readonly reasoningEffort: string | null;
  readonly workspaceId: string | null;
  /** What the model is told, then what the owner says. */
  readonly messages: readonly NewMessage[];
}

/** Whose the chat will be, and where. */
export type CreateGrant = Granted<"chat:create", { readonly ownerId: string; readonly organizationId: string }>;

interface Creation {
  readonly owner: CreateGrant["object"];
  readonly chat: NewChat;
  readonly nowMs: number;
}

const create = defineStatement({
  name: "chats.create",
  columns: chatColumns.shape,
  samples: [
    {
      owner: { ownerId: sampleId, organizationId: sampleId },
      nowMs: sampleMs,
      chat: {
        id: sampleId,
        title: "sample",
        titleSource: "fallback",
        clientType: "api",
        planMode: null,
        labels: {},
        mcpServerIds: [],
        dynamicTools: null,
        modelConfigId: sampleId,
        reasoningEffort: null,
        workspaceId: null,
        messages: [{ role: "user", content: [], model_config_id: sampleId }],
      },
    },
  ],
  build: ({ owner, chat, nowMs }: Creation) => {
    const now = new Date(nowMs);
    const tools = chat.dynamicTools === null ? null : JSON.stringify(chat.dynamicTools);
    return sql`
    with chat as (
      insert into chats (id, organization_id, owner_id, title, title_source, status, plan_mode, client_type, labels,
        mcp_server_ids, dynamic_tools, last_model_config_id, last_reasoning_effort, workspace_id, created_at, updated_at)
      values (${chat.id}, ${owner.organizationId}, ${owner.ownerId}, ${chat.title}, ${chat.titleSource}, 'running',
        ${chat.planMode}, ${chat.clientType}, ${JSON.stringify(chat.labels)}::jsonb, ${[...chat.mcpServerIds]}::uuid[],
        ${tools}::jsonb, ${chat.modelConfigId}, ${chat.reasoningEffort}, ${chat.workspaceId}, ${now}, ${now})
      returning *
    ), inserted as (${insertMessages(chat.messages, now, "chat")})
    select ${chatColumns.of("chat")} from chat`;
  },
});

/** The statement that makes a chat with its first messages, for whoever commits it. */
export function createStatement(_granted: CreateGrant): Statement<Creation, RowOf<typeof chatColumns>> {
  return create;
}
