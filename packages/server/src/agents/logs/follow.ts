import { onAbort, Scope, type Clock } from "@hearth/base";
import type { Db } from "../../ground/database/index.ts";
import type { PubSub } from "../../ground/pubsub/index.ts";
import type { OneWaySocket } from "../routes/one-way-socket.ts";
import type { AgentSessions } from "../sessions/sessions.ts";
import { isOfLatestBuild, listAgentLogs } from "./store.ts";

/** Stands behind every notice. @see spec/agents.md §9.4 */
const lookEveryMs = 60_000;

export interface FollowDeps {
  readonly db: Db;
  readonly pubsub: PubSub;
  readonly clock: Clock;
  readonly sessions: Pick<AgentSessions, "watch">;
}

/**
 * Sends every line after the cursor as one array (the first may be empty), then new ones, an array for each look. Once
 * the workspace has a newer build no line will come any more: what is left is sent, and the socket closed with `eof`.
 *
 * It listens before it reads. Whether there is a newer build is asked when the workspace changed and once a minute, not
 * for every notice of lines. @see spec/agents.md §9.4, A-14, A-15
 */
export async function followAgentLogs(
  deps: FollowDeps,
  agent: { id: string; workspaceId: string; afterId: number },
  accept: () => Promise<OneWaySocket>,
): Promise<void> {
  let bell = Promise.withResolvers<void>();
  let mayBeOver = true;
  const onLines = () => bell.resolve();
  const onChange = () => {
    mayBeOver = true;
    bell.resolve();
  };
  using _lines = deps.pubsub.subscribe("agent_logs", agent.id, { onMessage: onLines, onDropped: onLines });
  using _workspace = deps.sessions.watch(agent.workspaceId, (change) => {
    if (change === "state_change" || change === "dropped" || change === "prebuild_claimed") onChange();
  });
  using socket = await accept();
  using _left = onAbort(socket.signal, onLines);
  let cursor = agent.afterId;
  for (let isFirst = true; !socket.signal.aborted; isFirst = false) {
    bell = Promise.withResolvers<void>();
    // Asked before the lines are read: what was written until then is among them.
    const isOver = mayBeOver && !(await isOfLatestBuild(deps.db, agent.id));
    mayBeOver = false;
    const lines = await listAgentLogs(deps.db, agent.id, { afterId: cursor });
    if (socket.signal.aborted) return;
    if (isFirst || lines.length > 0) await socket.send(lines);
    cursor = lines.at(-1)?.id ?? cursor;
    if (isOver) {
      socket.close(1000, "eof");
      return;
    }
    // Not `||=`: that would forget what was heard while it waited.
    if (await rungOrLate(bell.promise, deps.clock, socket.signal)) mayBeOver = true;
  }
}

/** Waits for the bell, or a minute: true when it was the minute. */
async function rungOrLate(bell: Promise<void>, clock: Clock, signal: AbortSignal): Promise<boolean> {
  using rung = new Scope(signal);
  void bell.then(() => rung.end());
  try {
    await clock.sleep(lookEveryMs, { signal: rung.signal, tag: "follow-agent-logs" });
    return true;
  } catch {
    return false; // rung, or the follower left
  }
}
