import { ApiError } from "@hearth/sdk";
import { authorize, notFoundMessage, objectOf, type Action, type Context, type Granted } from "../access/index.ts";
import type { Db } from "../ground/database/index.ts";
import { parseUuid } from "../ground/http/index.ts";
import { readChat, type ChatRecord } from "./store/rows.ts";

/** What permissions on a chat are asked for: who may read it is said of its root. */
export function chatObject(
  chat: Pick<ChatRecord, "id" | "organization_id" | "owner_id" | "read_user_acl" | "read_group_acl">,
) {
  return objectOf({
    id: chat.id,
    organization_id: chat.organization_id,
    owner_id: chat.owner_id,
    user_acl: chat.read_user_acl,
    group_acl: chat.read_group_acl,
  });
}

/** A right on one chat. */
export type GrantedChat<A extends Action> = Granted<A, ReturnType<typeof chatObject>>;

export function authorizeChat<A extends Action>(ctx: Context, action: A, chat: ChatRecord): GrantedChat<A> {
  return authorize(ctx, action, chatObject(chat));
}

export type FoundChat = ChatRecord & { readonly granted: GrantedChat<"chat:read"> };

/** Words that stand for collections in the place of an id: none of them is a chat, whichever there are. */
const reserved: ReadonlySet<string> = new Set(
  "by-workspace config cost files insights model-configs models providers usage-limits user-provider-configs watch".split(
    " ",
  ),
);

/** The chat of a path. @throws ApiError `malformed_id`, `not_found` also where it is hidden */
export async function getChat(ctx: Context, db: Db, text: string): Promise<FoundChat> {
  if (reserved.has(text)) throw new ApiError("not_found", notFoundMessage);
  const chat = await readChat(db, parseUuid(text));
  if (chat === undefined) throw new ApiError("not_found", notFoundMessage);
  return { ...chat, granted: authorizeChat(ctx, "chat:read", chat) };
}
