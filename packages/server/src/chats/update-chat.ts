import { ApiError } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import type { Context } from "../access/index.ts";
import { transaction } from "../ground/database/index.ts";
import type { FoundChat, GrantedChat } from "./access.ts";
import { readTitle, refuseLabels, usableWorkspace, type ChatDeps } from "./create-chat.ts";
import { announceToOwner } from "./store/announce.ts";
import { archiveFamily } from "./store/family.ts";
import { pinChat, setMetadata } from "./store/metadata.ts";
import { orApiError } from "./store/refused.ts";

/**
 * Changes what is said of a chat, and whether it is archived: all of the request or nothing. @throws ApiError
 * `validation_failed`, `conflict` while it is at work @see spec/chat.md §5.4
 */
export async function updateChat(
  ctx: Context,
  deps: ChatDeps,
  granted: GrantedChat<"chat:update">,
  chat: FoundChat,
  request: api.UpdateChatRequest,
): Promise<void> {
  const { db, clock, pubsub, limits } = deps;
  const title = readTitle(request.title, limits);
  if (request.labels !== undefined) refuseLabels(request.labels, limits);
  const { pin_order: place, archived } = request;
  if (place !== undefined && place > 0 && (chat.root_chat_id !== null || (archived ?? chat.archived))) {
    throw new ApiError(
      "precondition_failed",
      "Only chats that are not archived, and that no chat began, can be pinned.",
    );
  }
  const workspaceId = (await usableWorkspace(ctx, db, granted.object, request.workspace_id)) ?? undefined;
  const { plan_mode: plan } = request;
  const planMode = plan === undefined ? undefined : plan === "" ? null : plan;
  await transaction(ctx, db, { name: "update_chat", clock }, async (tx) => {
    if (archived !== undefined) await orApiError(archiveFamily(ctx, { ...deps, db: tx }, granted, archived));
    await setMetadata(tx, granted, { title, labels: request.labels, planMode, workspaceId }, clock.now());
    if (place !== undefined) await pinChat(tx, granted, place);
    if (title !== undefined) announceToOwner(tx, pubsub, chat, "title_change");
  });
}
