import { getAgentLogs } from "../endpoints/agents.ts";
import { getBuildLogs } from "../endpoints/builds.ts";
import { getWorkspace } from "../endpoints/workspaces.ts";
import type { WorkspaceAgentLog } from "../schemas/agents.ts";
import type { ProvisionerJobLog } from "../schemas/provisioners.ts";
import type { Workspace } from "../schemas/workspaces.ts";
import type { Ground } from "./means.ts";
import { openSocket } from "./socket-messages.ts";
import { eachOf } from "./streams.ts";

/** Whether to wait for what is still to come, and what ends that. */
export interface LogOptions {
  /** Goes on with what comes until the build is over and its agents say no more. @default false */
  readonly follow?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A line of a build's log, or of what the scripts of its agents said. */
export interface LogLine {
  readonly at: Date;
  readonly from: "build" | "agent";
  readonly level: string;
  readonly text: string;
  /** Of a build: the step that it belongs to. */
  readonly stage?: string | undefined;
  /** By name, where it is an agent's. */
  readonly agent?: string | undefined;
}

/** The lines of the latest build, then those of its agents, one after the other. @throws ApiError; the signal's reason */
export async function* logsOf(
  ground: Ground,
  workspaceId: string,
  { follow = false, signal }: LogOptions,
): AsyncGenerator<LogLine, void, undefined> {
  const look = async (): Promise<Workspace> =>
    await ground.client.call(getWorkspace, { params: { workspace: workspaceId }, query: {}, ...of(signal) });
  const { latest_build: build } = await look();
  for await (const line of buildLines(ground, build.id, follow, signal)) yield ofBuild(line);
  // A build makes its agents on the way.
  const after = (await look()).latest_build;
  if (after.id !== build.id) return;
  for (const { id, name } of after.resources.flatMap(({ agents }) => agents ?? [])) {
    for await (const page of agentLines(ground, id, follow, signal)) for (const line of page) yield ofAgent(line, name);
  }
}

async function* buildLines(
  ground: Ground,
  id: string,
  follow: boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<ProvisionerJobLog, void, undefined> {
  const params = { workspacebuild: id };
  const list = async () => await ground.client.call(getBuildLogs, { params, query: {}, ...of(signal) });
  const url = ground.client.urlOf(getBuildLogs, { params, query: { follow } }, "ws");
  if (follow) yield* messages<ProvisionerJobLog>(ground, url, list, signal);
  else yield* await list();
}

async function* agentLines(
  ground: Ground,
  id: string,
  follow: boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<WorkspaceAgentLog[], void, undefined> {
  const params = { workspaceagent: id };
  const list = async () => await ground.client.call(getAgentLogs, { params, query: {}, ...of(signal) });
  const url = ground.client.urlOf(getAgentLogs, { params, query: { follow } }, "ws");
  if (follow) yield* messages<WorkspaceAgentLog[]>(ground, url, list, signal);
  else yield await list();
}

function ofBuild({ created_at, log_level, output, stage }: ProvisionerJobLog): LogLine {
  return { at: new Date(created_at), from: "build", level: log_level, text: output, stage };
}

function ofAgent({ created_at, level, output }: WorkspaceAgentLog, agent: string): LogLine {
  return { at: new Date(created_at), from: "agent", level, text: output, agent };
}

const of = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { signal });

/** What a log's socket says, as its contract has it: JSON, until no more can come. `list` asks plainly what is refused. */
async function* messages<T>(
  ground: Ground,
  url: string,
  list: () => Promise<unknown>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  const { messages: said } = await openSocket(ground, url, { signal, explain: list });
  for await (const message of eachOf(said)) yield JSON.parse(String(message)) as T;
}
