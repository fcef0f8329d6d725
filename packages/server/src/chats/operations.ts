import type * as api from "@hearth/sdk";
import { ApiError } from "@hearth/sdk";
import type { Context } from "../access/index.ts";
import type { GrantedChat } from "./access.ts";
import type { ChatDeps } from "./create-chat.ts";
import {
  decideDeleteQueued,
  decideInterrupt,
  decidePromoteQueued,
  decideReconcile,
  decideToolResults,
} from "./machine/index.ts";
import { orApiError } from "./store/refused.ts";
import { transitionChat } from "./store/transition.ts";

/** What an owner does to a chat beside talking to it; each is one transition, refused with `conflict` where it does not fit. */
type Owners = GrantedChat<"chat:update">;

/** Stops the turn. A chat that is stopping already is left to it. @see spec/chat.md §5.3 */
export async function interruptChat(ctx: Context, deps: ChatDeps, granted: Owners): Promise<void> {
  const decide: Parameters<typeof transitionChat>[3] = (chat) =>
    chat.status === "interrupting" && !chat.archived ? {} : decideInterrupt(chat);
  await orApiError(transitionChat(ctx, deps, granted, decide, { watch: "status_change" }));
}

/** Repairs a chat whose state is none. */
export async function reconcileChat(ctx: Context, deps: ChatDeps, granted: Owners): Promise<void> {
  await orApiError(transitionChat(ctx, deps, granted, decideReconcile, { watch: "status_change" }));
}

/** Takes back what waits. @throws ApiError `not_found` for what does not */
export async function deleteQueued(ctx: Context, deps: ChatDeps, granted: Owners, id: number): Promise<void> {
  await orApiError(transitionChat(ctx, deps, granted, (chat) => decideDeleteQueued(chat, id)));
}

/** Lets what waits go first. @throws ApiError `not_found` for what does not wait */
export async function promoteQueued(ctx: Context, deps: ChatDeps, granted: Owners, id: number): Promise<void> {
  const decide: Parameters<typeof transitionChat>[3] = (chat) => decidePromoteQueued(chat, id);
  await orApiError(transitionChat(ctx, deps, granted, decide, { watch: "status_change" }));
}

/** Gives the results that the chat waits for. @throws ApiError `validation_failed`: others, or none @see spec/chat.md §5.7 */
export async function submitToolResults(
  ctx: Context,
  deps: ChatDeps,
  granted: Owners,
  { results }: api.SubmitChatToolResultsRequest,
): Promise<void> {
  if (results.length === 0) {
    throw new ApiError("validation_failed", "At least one tool result is required.", {
      validations: [{ field: "results", detail: "must not be empty" }],
    });
  }
  const decide: Parameters<typeof transitionChat>[3] = (chat) => decideToolResults(chat, results);
  await orApiError(transitionChat(ctx, deps, granted, decide, { watch: "status_change" }));
}
