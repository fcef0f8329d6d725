import type { Logger } from "@hearth/base";
import { systemActor, type SystemActor } from "../access/index.ts";
import type { Capability } from "../ground/lifecycle/index.ts";
import type { ChatDeps } from "./create-chat.ts";
import { chatLimits } from "./limits.ts";
import { chatRoutes } from "./routes/chat-routes.ts";
import { messageRoutes } from "./routes/message-routes.ts";
import { chatSharingRoutes } from "./routes/sharing-routes.ts";
import { chatStreamRoutes } from "./routes/stream-routes.ts";
import { chatWatchRoutes } from "./routes/watch-routes.ts";
import type { ChatTool } from "./tools/tool.ts";
import { Episodes } from "./worker/episodes.ts";
import type { Models } from "./worker/models.ts";
import { runWorker } from "./worker/run-worker.ts";

export interface ChatsDeps extends Omit<ChatDeps, "limits" | "models"> {
  readonly log: Logger;
  /** Whose lease holds the chats that are worked on here. */
  readonly replica: { readonly id: string };
  readonly models: Models;
  /** @default none */
  readonly tools?: readonly ChatTool[];
  /** Who carries chats on. In tests, with fewer rights. @default the part that these are of */
  readonly part?: SystemActor;
}

/** Chats: what clients see of them, and the worker that carries them on. */
export function createChats(given: ChatsDeps): Capability {
  const { log, clock, replica, models, tools = [], part = systemActor("chats") } = given;
  const limits = chatLimits;
  const deps = { ...given, limits };
  const stopping = new AbortController();
  const episodes = new Episodes(clock, limits, stopping.signal);
  const worker = { ...deps, episodes, models, tools, log, workerId: replica.id, part };
  return {
    name: "chats",
    routes: [
      ...chatRoutes(deps),
      ...messageRoutes(deps),
      ...chatSharingRoutes(deps),
      ...chatWatchRoutes(deps),
      ...chatStreamRoutes({ ...deps, episodes }),
    ],
    loops: [{ name: "chats", run: (signal) => runWorker(worker, signal) }],
    opened: [{ name: "chat episodes", limitMs: 1_000, end: () => Promise.resolve(stopping.abort()) }],
  };
}
