// chats: conversations with a model that the control plane carries on. Owns chats, their messages and what waits in them.
// Promises: execution state is written by one statement, fenced, and announced after its commit; what is said is read by
// whom the owner shares it with, and written by the owner alone. Models are asked of the door of ai.
export { createChats } from "./create-chats.ts";
export { chatLimits } from "./limits.ts";
export type { ChatTool } from "./tools/tool.ts";
export type { Models } from "./worker/models.ts";
