import type { Clock } from "@hearth/base";
import { endpoints, ProvisionerJobLog, WorkspaceAgentLog, type Client } from "@hearth/sdk";
import { z } from "zod";
import { keepConnected, type ConnectionState } from "./keep-connected.ts";
import { appendLines, emptyLog, plainText, type Log, type LogLine } from "./log-lines.ts";
import { runSocket } from "./socket.ts";
import { Store } from "./store.ts";

/** Whose log: a build's or an import's comes line by line, an agent's in batches. */
export type LogSource =
  | { readonly kind: "build"; readonly buildId: string }
  | { readonly kind: "import"; readonly versionId: string }
  | { readonly kind: "agent"; readonly agentId: string };

/** A log that grows while it is looked at. */
export interface FollowedLog {
  readonly log: Store<Log>;
  readonly connection: Store<ConnectionState>;
}

/** A build's log comes a line a message: lines of this time are shown together, at most once a few frames. */
const batchMs = 40;

const AgentLogs = z.array(WorkspaceAgentLog);

/** Follows a log from its beginning until it ends or the signal aborts; a cut is mended from the last line on. */
export function followLog(options: {
  client: Client;
  clock: Clock;
  source: LogSource;
  signal: AbortSignal;
}): FollowedLog & { readonly done: Promise<void> } {
  const { client, clock, source, signal } = options;
  const log = new Store<Log>(emptyLog);
  const connection = new Store<ConnectionState>({ phase: "connecting", attempt: 1 });
  let waiting: LogLine[] = [];
  const flush = () => {
    log.set(appendLines(log.get(), waiting));
    waiting = [];
  };
  const take = (lines: LogLine[]) => {
    waiting.push(...lines);
    // Stopped: nobody looks any more.
    if (waiting.length === lines.length)
      clock.sleep(batchMs, { signal, tag: "log-batch" }).then(flush, () => undefined);
  };
  const done = keepConnected({
    name: "log",
    clock,
    signal,
    onState: (state) => connection.set(state),
    connect: async ({ signal: until, opened }) => {
      const end = await runSocket({
        url: urlOf(client, source, log.get().lines.at(-1)?.id),
        signal: until,
        onOpen: opened,
        onMessage: (data) => {
          if (typeof data === "string") take(parse(source, JSON.parse(data)));
        },
      });
      flush();
      // A normal close is the server's word that nothing more will come.
      if (end.code !== 1000) return "lost";
      if (!until.aborted) log.set({ ...log.get(), isComplete: true });
      return "ended";
    },
  });
  return { log, connection, done };
}

function urlOf(client: Client, source: LogSource, after: number | undefined): string {
  const query = { follow: true, ...(after === undefined ? {} : { after }) };
  switch (source.kind) {
    case "build":
      return client.urlOf(endpoints.builds.getBuildLogs, { params: { workspacebuild: source.buildId }, query }, "ws");
    case "import":
      return client.urlOf(
        endpoints.templateVersions.getTemplateVersionLogs,
        { params: { templateversion: source.versionId }, query },
        "ws",
      );
    case "agent":
      return client.urlOf(endpoints.agents.getAgentLogs, { params: { workspaceagent: source.agentId }, query }, "ws");
  }
}

function parse(source: LogSource, message: unknown): LogLine[] {
  if (source.kind === "agent") {
    return AgentLogs.parse(message).map((line) => ({
      id: line.id,
      at: line.created_at,
      level: line.level,
      text: plainText(line.output),
      group: line.source_id,
    }));
  }
  const line = ProvisionerJobLog.parse(message);
  return [{ id: line.id, at: line.created_at, level: line.log_level, text: plainText(line.output), group: line.stage }];
}
