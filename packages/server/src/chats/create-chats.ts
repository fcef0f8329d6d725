import type { Logger } from "@hearth/base";
import type { Capability } from "../ground/lifecycle/index.ts";
import type { ChatDeps } from "./create-chat.ts";
import { chatLimits } from "./limits.ts";
import { chatRoutes } from "./routes/chat-routes.ts";
import { messageRoutes } from "./routes/message-routes.ts";
import { chatSharingRoutes } from "./routes/sharing-routes.ts";
import { chatStreamRoutes } from "./routes/stream-routes.ts";
import { chatWatchRoutes } from "./routes/watch-routes.ts";
import { Episodes } from "./worker/episodes.ts";

export interface ChatsDeps extends Omit<ChatDeps, "limits"> {
  readonly log: Logger;
}

/** Chats: what clients see of them. */
export function createChats(given: ChatsDeps): Capability {
  const { clock } = given;
  const deps = { ...given, limits: chatLimits };
  const stopping = new AbortController();
  const episodes = new Episodes(clock, deps.limits, stopping.signal);
  return {
    name: "chats",
    routes: [
      ...chatRoutes(deps),
      ...messageRoutes(deps),
      ...chatSharingRoutes(deps),
      ...chatWatchRoutes(deps),
      ...chatStreamRoutes({ ...deps, episodes }),
    ],
    opened: [{ name: "chat episodes", limitMs: 1_000, end: () => Promise.resolve(stopping.abort()) }],
  };
}
