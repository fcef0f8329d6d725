import type { Clock, Logger } from "@hearth/base";
import type * as api from "@hearth/sdk";
import type { Db } from "../../ground/database/index.ts";
import { followLines, Topics, type LogLines, type LogPlace, type OneWaySocket } from "../../ground/live/index.ts";
import type { PubSub } from "../../ground/pubsub/index.ts";
import type { AgentSessions } from "../sessions/sessions.ts";
import { isOfLatestBuild, listAgentLogs } from "./store.ts";

/** Stands behind every notice. @see spec/agents.md §9.4 */
const pollMs = 60_000;

export type AgentLogTopics = Topics<LogLines<api.WorkspaceAgentLog>, LogPlace>;

/** Logs of agents, by agent: who follows from the same line shares a read. */
export function agentLogTopics(deps: { db: Db; pubsub: PubSub; clock: Clock; log: Logger }): AgentLogTopics {
  const { db, pubsub, clock, log } = deps;
  return new Topics<LogLines<api.WorkspaceAgentLog>, LogPlace>({
    name: "follow-agent-logs",
    clock,
    log,
    pollMs,
    async read(agentId, { after, asksEnd }) {
      // Asked before the lines are read: what was written until then is among them.
      const isOver = asksEnd && !(await isOfLatestBuild(db, agentId));
      return { lines: await listAgentLogs(db, agentId, { afterId: after }), isOver };
    },
    hear: (bells) =>
      pubsub.subscribe("agent_logs", "*", {
        onMessage: (_message, agentId) => bells.ring(agentId),
        onDropped: () => bells.ringAll(),
      }),
  });
}

/**
 * Sends every line after the cursor as one array (the first may be empty), then new ones, an array for each look. Once
 * the workspace has a newer build no line will come any more: what is left is sent, and the socket closed with `eof`.
 *
 * It listens before it reads. Whether there is a newer build is asked when the workspace changed and once a minute, not
 * for every notice of lines. @see spec/agents.md §9.4, A-14, A-15
 */
export async function followAgentLogs(
  { logs, sessions }: { logs: AgentLogTopics; sessions: Pick<AgentSessions, "watch"> },
  agent: { id: string; workspaceId: string; afterId: number },
  accept: () => Promise<OneWaySocket>,
): Promise<void> {
  let hasChanged = false;
  using seat = logs.join(agent.id);
  using _workspace = sessions.watch(agent.workspaceId, (change) => {
    if (change !== "state_change" && change !== "dropped" && change !== "prebuild_claimed") return;
    hasChanged = true;
    seat.ring();
  });
  using socket = await accept();
  const outcome = await followLines(seat, {
    after: agent.afterId,
    signal: socket.signal,
    asksEnd(why) {
      const asks = hasChanged || why !== "rung";
      hasChanged = false;
      return asks;
    },
    send: (lines) => socket.send(lines),
  });
  if (outcome === "over") socket.close(1000, "eof");
}
