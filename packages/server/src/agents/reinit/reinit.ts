import { ApiError } from "@hearth/sdk";
import type { EventStream } from "../../ground/http/index.ts";
import { newestValues, type Topics } from "../../ground/live/index.ts";
import type { ReinitState } from "./topics.ts";

/** Refused for good: the agent stops asking. */
function notWaiting(): ApiError {
  return new ApiError("conflict", "Workspace is not a prebuilt workspace waiting to be claimed.", {
    detail: "This endpoint is only for agents running in prebuilt workspaces.",
  });
}

/**
 * Tells an agent, once, that its workspace was claimed, and ends the stream.
 *
 * It listens before it looks, so that a claim between the two is heard. Without `wait` (old agents, which would loop on a
 * refusal, and start again whenever they are told) only what happens while they listen is told. A claim that fails while
 * the agent waits is told as an `error` event of the same words that a later question would be refused with.
 * @see spec/prebuilds.md §16.1, spec/agents.md A-22
 *
 * @throws ApiError `conflict`
 */
export async function streamReinit(
  topics: Topics<ReinitState>,
  { workspaceId, wait }: { workspaceId: string; wait: boolean },
  open: () => EventStream,
): Promise<void> {
  using seat = topics.join(workspaceId);
  const first = (await seat.read(undefined)).value;
  if (wait && first.decision === "refuse") throw notWaiting();
  const stream = open();
  const ended = new AbortController();
  const pings = stream.keepAlive(ended.signal);
  try {
    for await (const state of newestValues(seat, stream.signal)) {
      const isNews = wait ? state.decision !== "wait" : state.decision !== first.decision;
      if (!isNews || state.decision === "wait") continue;
      if (state.decision === "deliver") await stream.send("data", toEvent(workspaceId, state.ownerId));
      else {
        const { message, detail, code } = notWaiting();
        await stream.send("error", { message, detail, code });
      }
      return;
    }
  } finally {
    ended.abort();
    await pings;
  }
}

/** Both spellings of the workspace's id: agents of different ages read one or the other. */
function toEvent(workspaceId: string, ownerId: string | undefined) {
  return {
    WorkspaceID: workspaceId,
    workspace_id: workspaceId,
    reason: "prebuild_claimed",
    ...(ownerId === undefined ? {} : { owner_id: ownerId }),
  };
}
