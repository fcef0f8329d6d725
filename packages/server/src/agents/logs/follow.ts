import type { Clock, Logger } from "@hearth/base";
import type * as api from "@hearth/sdk";
import type { Db } from "../../ground/database/index.ts";
import {
  followLines,
  HeardSince,
  Topics,
  type LogLines,
  type LogPlace,
  type OneWaySocket,
} from "../../ground/live/index.ts";
import type { PubSub } from "../../ground/pubsub/index.ts";
import { isOfLatestBuild, listAgentLogs } from "./store.ts";

/** Stands behind every notice. @see spec/agents.md §9.4 */
const pollMs = 60_000;

/** Logs of agents, by agent, and of which workspaces something was heard that may be the end of one. */
export interface AgentLogTopics {
  readonly topics: Topics<LogLines<api.WorkspaceAgentLog>, LogPlace>;
  readonly changed: HeardSince;
}

/** Logs of agents: who follows from the same line shares a read. */
export function agentLogTopics(deps: { db: Db; pubsub: PubSub; clock: Clock; log: Logger }): AgentLogTopics {
  const { db, pubsub, clock, log } = deps;
  const changed = new HeardSince();
  const topics = new Topics<LogLines<api.WorkspaceAgentLog>, LogPlace>({
    name: "follow-agent-logs",
    clock,
    log,
    pollMs,
    async read(agentId, { after, asksEnd }) {
      // Asked before the lines are read: what was written until then is among them.
      const isOver = asksEnd && !(await isOfLatestBuild(db, agentId));
      return { lines: await listAgentLogs(db, agentId, { afterId: after }), isOver };
    },
    hear(bells) {
      const hearing = new DisposableStack();
      const change = (workspaceId: string) => {
        changed.note(workspaceId);
        bells.ring(workspaceId);
      };
      hearing.use(
        pubsub.subscribe("agent_logs", "*", {
          onMessage: (_message, agentId) => bells.ring(agentId),
          onDropped: () => {
            changed.noteAll();
            bells.ringAll();
          },
        }),
      );
      // Messages of all channels are lost together: the first subscription rings.
      const onDropped = () => undefined;
      hearing.use(
        pubsub.subscribe("workspace_owner", "*", {
          onMessage: ({ kind, workspace_id: id }) => kind === "state_change" && change(id),
          onDropped,
        }),
      );
      hearing.use(
        pubsub.subscribe("prebuild_claimed", "*", {
          onMessage: ({ reason }, id) => reason === "prebuild_claimed" && change(id),
          onDropped,
        }),
      );
      return hearing;
    },
  });
  return { topics, changed };
}

/**
 * Sends every line after the cursor as one array (the first may be empty), then new ones, an array for each look. Once
 * the workspace has a newer build no line will come any more: what is left is sent, and the socket closed with `eof`.
 *
 * It listens before it reads. Whether there is a newer build is asked when the workspace changed and once a minute, not
 * for every notice of lines. @see spec/agents.md §9.4, A-14, A-15
 */
export async function followAgentLogs(
  { topics, changed }: AgentLogTopics,
  agent: { id: string; workspaceId: string; afterId: number },
  accept: () => Promise<OneWaySocket>,
): Promise<void> {
  using seat = topics.join(agent.id, agent.workspaceId);
  let mark = changed.mark();
  using socket = await accept();
  const outcome = await followLines(seat, {
    after: agent.afterId,
    signal: socket.signal,
    asksEnd(why) {
      const asks = why !== "rung" || changed.any(mark, [agent.workspaceId]);
      mark = changed.mark();
      return asks;
    },
    send: (lines) => socket.send(lines),
  });
  if (outcome === "over") socket.close(1000, "eof");
}
