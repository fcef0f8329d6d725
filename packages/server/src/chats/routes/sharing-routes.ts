import { endpoints } from "@hearth/sdk";
import type { Context } from "../../access/index.ts";
import { bothPrefixes, type Route } from "../../ground/http/index.ts";
import { listShared } from "../../identity/index.ts";
import { authorizeChat, getChat } from "../access.ts";
import type { ChatDeps } from "../create-chat.ts";
import { readingRole, shareChat } from "../sharing.ts";

/** With whom a chat is shared. The list names people: only its owner reads it. */
export function chatSharingRoutes(deps: ChatDeps): Route[] {
  const { db } = deps;
  const load = ({ ctx, params }: { ctx: Context; params: { chat: string } }) => getChat(ctx, db, params.chat);
  return [
    ...bothPrefixes(endpoints.chats.getChatAcl)({
      access: "chat:share",
      load,
      async handle({ ctx, loaded }) {
        const granted = authorizeChat(ctx, "chat:share", loaded);
        const { users, groups } = await listShared(ctx, db, granted, loaded, readingRole);
        const shown = users.map(({ id, username, name, avatar_url, role }) => ({
          id,
          username,
          ...(name === "" ? {} : { name }),
          ...(avatar_url === "" ? {} : { avatar_url }),
          role,
        }));
        return { status: 200, granted, body: { users: shown, groups: [...groups] } };
      },
    }),
    ...bothPrefixes(endpoints.chats.updateChatAcl)({
      access: "chat:share",
      load,
      async handle({ ctx, loaded, body }) {
        const granted = authorizeChat(ctx, "chat:share", loaded);
        await shareChat(ctx, deps, granted, loaded, body);
        return { status: 204, granted, body: undefined };
      },
    }),
  ];
}
