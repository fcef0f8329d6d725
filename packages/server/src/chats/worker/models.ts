import type { Ai } from "../../ai/index.ts";

/** Models as chats use them: what the door of `ai` gives. */
export type Models = Pick<Ai, "findUsableModel" | "resolveModel" | "modelStep">;
