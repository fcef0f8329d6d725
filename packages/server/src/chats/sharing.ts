import { ApiError } from "@hearth/sdk";
import type * as api from "@hearth/sdk";
import { withRoles, type Context } from "../access/index.ts";
import { afterCommit, transaction } from "../ground/database/index.ts";
import { refuseStrangers, refuseWiderShare } from "../identity/index.ts";
import type { FoundChat, GrantedChat } from "./access.ts";
import type { StoreDeps } from "./store/transition.ts";

/** What somebody was given on a chat: to read it. Pure. */
export function readingRole(words: readonly string[] | undefined): "read" | undefined {
  return words?.includes("read") === true ? "read" : undefined;
}

/**
 * Lets users and groups of the organization read a chat with all that it began, or no longer. Who holds it open is asked
 * again. @throws ApiError `validation_failed` for whoever is not in the organization, `precondition_failed` for a chat that
 * another began @see spec/chat.md §24.1
 */
export async function shareChat(
  ctx: Context,
  { db, clock, pubsub }: StoreDeps,
  { object: { id, organizationId } }: GrantedChat<"chat:share">,
  chat: FoundChat,
  { user_roles: userRoles, group_roles: groupRoles }: api.UpdateChatACL,
): Promise<void> {
  if (chat.root_chat_id !== null) {
    throw new ApiError("precondition_failed", "This chat is shared with the one that began it: share that.");
  }
  const shares = {
    users: { field: "user_roles", roles: userRoles },
    groups: { field: "group_roles", roles: groupRoles },
  };
  refuseWiderShare(ctx, { type: "chat", id }, shares);
  await transaction(ctx, db, { name: "share_chat", clock }, async (tx) => {
    await refuseStrangers(tx, organizationId, shares);
    const before = await tx
      .selectFrom("chats")
      .select(["user_acl", "group_acl"])
      .where("id", "=", id)
      .forUpdate()
      .executeTakeFirstOrThrow();
    const userAcl = withRoles(before.user_acl, userRoles);
    const groupAcl = withRoles(before.group_acl, groupRoles);
    await tx
      .updateTable("chats")
      .set({ user_acl: JSON.stringify(userAcl), group_acl: JSON.stringify(groupAcl) })
      .where("id", "=", id)
      .execute();
    afterCommit(tx, () => pubsub.publish("object_access", id, {}));
  });
}
