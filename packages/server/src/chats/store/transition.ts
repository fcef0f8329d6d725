import type { Clock } from "@hearth/base";
import { ApiError } from "@hearth/sdk";
import { notFoundMessage, type Context } from "../../access/index.ts";
import { commitStatement, type Db } from "../../ground/database/index.ts";
import type { PubSub } from "../../ground/pubsub/index.ts";
import { after, isRefusal, type ChatSnapshot, type Decision } from "../machine/index.ts";
import { announceApplied, type Announced } from "./announce.ts";
import { applyStatement, type Applied, type ChangeGrant } from "./apply.ts";
import { FenceLost, TransitionRefused } from "./refused.ts";
import { readChat, snapshotOf, type ChatRecord, type QueuedRow } from "./rows.ts";

export interface StoreDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly pubsub: PubSub;
}

/** Each miss means that somebody else went on, so that a chat cannot be fought over for long. */
const maxAttempts = 50;

/** The point that a worker's task was started for: it writes nothing anywhere else. @see spec/chat.md §4.4 */
export interface TaskFence {
  readonly status: ChatRecord["status"];
  readonly historyVersion: number;
  readonly runnerId: string;
}

export interface TransitionOptions extends Announced {
  /** The chat as it was read or written last: it is read again only where somebody went on since. */
  readonly known?: ChatRecord | undefined;
  readonly fence?: TaskFence | undefined;
}

export interface Transitioned {
  /** As it is now. */
  readonly record: ChatRecord;
  readonly inserted: Applied["inserted"];
  readonly enqueued: Applied["enqueued"];
  /** Ids of messages that an edit took out. */
  readonly removed: Applied["removed"];
}

/**
 * Carries out what `decide` says of the chat as it is: one statement reads, one writes, and where somebody went on in
 * between it is decided anew. What it announces leaves after the commit; `watch` is what its owner's watchers are told.
 *
 * @throws TransitionRefused where the table, or what was asked for, does not allow it; FenceLost for a worker's task whose
 *   chat went on, or is gone; ApiError `not_found` for anybody else @see spec/chat.md §4.3, §4.4
 */
export async function transitionChat(
  ctx: Context,
  deps: StoreDeps,
  granted: ChangeGrant,
  decide: (chat: ChatSnapshot, record: ChatRecord) => Decision,
  { watch, known, fence }: TransitionOptions = {},
): Promise<Transitioned> {
  const { id } = granted.object;
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    ctx.signal.throwIfAborted();
    const record = (attempt === 0 ? known : undefined) ?? (await readChat(deps.db, id));
    if (fence !== undefined && !holds(record, fence)) throw new FenceLost(id);
    if (record === undefined) throw new ApiError("not_found", notFoundMessage);
    const snapshot = snapshotOf(record);
    const changes = decide(snapshot, record);
    if (isRefusal(changes)) throw new TransitionRefused(changes);
    if (Object.keys(changes).length === 0) return { record, inserted: [], enqueued: [], removed: [] };
    const params = { id, fence: { snapshotVersion: record.snapshot_version }, changes, nowMs: deps.clock.now() };
    const applied = await commitStatement(
      ctx,
      deps.db,
      { name: "transition_chat", clock: deps.clock },
      { statement: applyStatement(granted), params },
      ([row], committed) => {
        if (row !== undefined) announceApplied(committed, deps.pubsub, row, { watch });
        return row;
      },
    );
    if (applied === undefined) continue;
    const { inserted, enqueued, removed, ...row } = applied;
    const { queue, openCalls } = after(snapshot, changes, { enqueued });
    const now = { ...record, ...row, queue: queue as QueuedRow[], open_calls: [...openCalls] }; // rows of what was read and written
    return { record: now, inserted, enqueued, removed };
  }
  throw new ApiError("conflict", "The chat changes too often at the moment: try again.");
}

function holds(record: ChatRecord | undefined, { status, historyVersion, runnerId }: TaskFence): boolean {
  return (
    record !== undefined &&
    !record.archived &&
    record.status === status &&
    record.history_version === historyVersion &&
    record.runner_id === runnerId
  );
}
