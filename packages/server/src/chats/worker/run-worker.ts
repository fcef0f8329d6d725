import { runLoop, Scope, SetsByKey, Wake } from "@hearth/base";
import { authorize, systemContext, type Context, type SystemActor } from "../../access/index.ts";
import { abandonChats, acquireChats, listHeldChats } from "../store/ownership.ts";
import type { ChatRow } from "../store/rows.ts";
import type { WorkDeps } from "./chat-work.ts";
import { ChatRunner, stateOfRow } from "./runner.ts";

export interface WorkerDeps extends WorkDeps {
  /** This replica: while its lease lives, what it has is worked on. */
  readonly workerId: string;
  readonly part: SystemActor;
}

/**
 * Works on chats until the signal aborts: takes those that nobody works on, runs each by a runner of its own, and gives
 * up what it has in the end. When nothing happens that is a statement a second, which
 * looks for work, and where it has any one more every 10 s. @see spec/chat.md §6
 */
export async function runWorker(deps: WorkerDeps, signal: AbortSignal): Promise<void> {
  const { db, pubsub, clock, log, limits, workerId, part } = deps;
  const contextOf = (of: AbortSignal): Context => systemContext(part, log, of);
  const runners = new Map<string, ChatRunner>();
  using scope = new Scope(signal);
  const wake = new Wake();
  using _posted = pubsub.subscribe("chat_ownership", "", {
    onMessage: () => wake.notify(),
    onDropped: () => wake.notify(),
  });
  using _heard = pubsub.subscribe("chat_update", "*", {
    onMessage: (said, chatId) =>
      runners.get(chatId)?.hear({
        snapshotVersion: said.snapshot_version,
        historyVersion: said.history_version,
        status: said.status,
        archived: said.archived,
        workerId: said.worker_id,
        runnerId: said.runner_id,
      }),
    onDropped: () => undefined, // the look at all of them is not far
  });
  const owners = new SetsByKey<ChatRunner>();
  using _rights = pubsub.subscribe("user_access", "*", {
    onMessage: (_message, userId) => {
      for (const runner of owners.get(userId)) runner.forgetOwner();
    },
    onDropped: () => {
      for (const runner of runners.values()) runner.forgetOwner();
    },
  });

  const take = (row: ChatRow) => {
    const object = { id: row.id, ownerId: row.owner_id, organizationId: row.organization_id };
    const granted = authorize(contextOf(scope.signal), "chat:update", object);
    const me = { workerId, runnerId: row.runner_id ?? "" };
    const runner = new ChatRunner(
      {
        work: deps,
        me,
        contextOf,
        granted,
        log,
        onLeft: () => {
          owners.delete(row.owner_id, runner);
          if (runners.get(row.id) === runner) runners.delete(row.id);
        },
      },
      scope.signal,
    );
    runners.get(row.id)?.leave();
    runners.set(row.id, runner);
    owners.add(row.owner_id, runner);
    runner.hear(stateOfRow(row));
  };

  const acquire = async () => {
    const ctx = contextOf(scope.signal);
    for (;;) {
      const granted = authorize(ctx, "chat:update", {});
      const rows = await acquireChats(ctx, deps, granted, { workerId, nowMs: clock.now(), batch: limits.acquireBatch });
      for (const row of rows) take(row);
      // There may be more.
      if (rows.length < limits.acquireBatch) return;
    }
  };

  const sync = async () => {
    if (runners.size === 0) return;
    const ids = [...runners.keys()];
    const rows = new Map((await listHeldChats(db, ids)).map((row) => [row.id, row]));
    for (const id of ids) {
      const row = rows.get(id);
      if (row !== undefined) runners.get(id)?.hear(stateOfRow(row));
      else runners.get(id)?.leave();
    }
  };

  await Promise.all([
    runLoop({ name: "chat-acquire", everyMs: limits.acquireEveryMs, wake, clock, signal, log }, acquire),
    runLoop({ name: "chat-sync", everyMs: limits.syncEveryMs, clock, signal, log }, sync),
  ]);
  for (const runner of runners.values()) runner.stop();
  // What stops must still be said: the signal that has aborted would forbid it.
  using last = new Scope();
  const ctx = contextOf(last.signal);
  try {
    await abandonChats(ctx, deps, authorize(ctx, "chat:update", {}), workerId);
  } catch (error) {
    log.warn({ err: error }, "chats could not be given up: they wait for the lease's end");
  }
}
