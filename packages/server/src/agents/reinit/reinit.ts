import { AsyncQueue, onAbort } from "@hearth/base";
import { ApiError } from "@hearth/sdk";
import type { Db } from "../../ground/database/index.ts";
import type { EventStream } from "../../ground/http/index.ts";
import type { Message, PubSub } from "../../ground/pubsub/index.ts";
import { decideReinit } from "./decide-reinit.ts";
import { readReinitFacts } from "./store.ts";

type ClaimMessage = Message<"prebuild_claimed">;

/** More than one claim of a workspace never waits; anything else is a repetition. */
const queuedEvents = 16;

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
 * refusal) it only listens. A claim that fails while the agent waits is told as an `error` event of the same words that a
 * later question would be refused with. @see spec/prebuilds.md §16.1, spec/agents.md A-22
 *
 * @throws ApiError `conflict`
 */
export async function streamReinit(
  deps: { db: Db; pubsub: PubSub },
  { workspaceId, wait }: { workspaceId: string; wait: boolean },
  open: () => EventStream,
): Promise<void> {
  const { db, pubsub } = deps;
  // "dropped": the claim may have been announced and not heard.
  const claims = new AsyncQueue<ClaimMessage | "dropped">({ capacity: queuedEvents });
  using _subscription = pubsub.subscribe("prebuild_claimed", workspaceId, {
    onMessage: (message) => void claims.push(message),
    onDropped: () => void claims.push("dropped"),
  });
  const first = wait ? await look(db, workspaceId) : undefined;
  const stream = open();
  const ended = new AbortController();
  using _left = onAbort(stream.signal, () => claims.close());
  const pings = stream.keepAlive(ended.signal);
  try {
    if (first !== undefined) {
      await stream.send("data", first);
      return;
    }
    for await (const claim of claims) {
      const event = await read(db, workspaceId, claim);
      if (event === undefined) continue;
      if (event instanceof ApiError)
        await stream.send("error", { message: event.message, detail: event.detail, code: event.code });
      else await stream.send("data", event);
      return;
    }
  } finally {
    ended.abort();
    await pings;
  }
}

/** The event of a claim that is done; undefined to wait. @throws ApiError `conflict` when there is nothing to wait for */
async function look(db: Db, workspaceId: string) {
  const facts = await readReinitFacts(db, workspaceId);
  if (facts === undefined) throw notWaiting();
  switch (decideReinit(facts)) {
    case "deliver":
      return toEvent(workspaceId, facts.ownerId);
    case "wait":
      return undefined;
    case "refuse":
      throw notWaiting();
  }
}

async function read(db: Db, workspaceId: string, claim: ClaimMessage | "dropped") {
  if (claim === "dropped") {
    try {
      return await look(db, workspaceId);
    } catch (error) {
      if (error instanceof ApiError) return error;
      throw error;
    }
  }
  return claim.reason === "claim_failed" ? notWaiting() : toEvent(workspaceId, claim.owner_id);
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
