import {
  ApiError,
  endpoints,
  type ProvisionerJobLog,
  type Workspace,
  type WorkspaceAgent,
  type WorkspaceAgentLog,
  type WorkspaceBuild,
} from "@hearth/sdk";
import { z } from "zod";
import { jsonMessages } from "#api/socket.ts";
import { findWorkspace } from "#api/workspaces.ts";
import { buildLogs } from "#build/follow-build.ts";
import { paintLevel } from "#build/job-log-view.ts";
import { workspaceArgument } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { Failure } from "#means/failure.ts";
import type { Means } from "#means/means.ts";
import { safeText } from "#output/safe-text.ts";

export const logs = defineCommand({
  summary: "Print the log of a build and of its agents' scripts",
  args: { workspace: workspaceArgument },
  options: {
    follow: z.boolean().default(false).meta({ short: "f", description: "go on with what comes, until Ctrl-C" }),
    buildNumber: z
      .string()
      .regex(/^-?\d+$/, "a whole number is needed")
      .optional()
      .meta({ short: "n", value: "number", description: "of another build than the latest; -1 is the one before" }),
  },
  async run({ workspace: reference, follow, buildNumber }, means) {
    const { client, signal } = means;
    const workspace = await findWorkspace(client, reference);
    const build = await findBuild(client, workspace, buildNumber === undefined ? 0 : Number(buildNumber));
    for await (const line of linesOfBuild(client, build, follow, signal)) print(line, means);
    const agents = build.resources.flatMap((resource) => resource.agents ?? []);
    // An agent that was not known while the build ran is known now.
    const known = agents.length > 0 || !follow ? agents : await agentsAfter(client, build);
    if (follow) await Promise.all(known.map((agent) => followAgent(agent, means)));
    else await printAgents(known, means);
  },
});

interface Line {
  readonly at: string;
  readonly level: ProvisionerJobLog["log_level"];
  readonly source: string;
  readonly text: string;
}

/** A build by its number; 0 is the latest, -1 the one before it. */
async function findBuild(client: Means["client"], workspace: Workspace, number: number): Promise<WorkspaceBuild> {
  const latest = workspace.latest_build;
  const wanted = number > 0 ? number : latest.build_number + number;
  if (wanted === latest.build_number) return latest;
  if (wanted < 1) throw new Failure(`"${workspace.name}" has only ${latest.build_number} builds.`);
  try {
    return await client.call(endpoints.workspaces.getBuildByNumber, {
      params: { user: workspace.owner_name, workspacename: workspace.name, buildnumber: String(wanted) },
    });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    throw new Failure(`"${workspace.name}" has no build ${wanted}; the latest is ${latest.build_number}.`);
  }
}

async function* linesOfBuild(
  client: Means["client"],
  build: WorkspaceBuild,
  follow: boolean,
  signal: AbortSignal,
): AsyncGenerator<Line> {
  const params = { workspacebuild: build.id };
  const source = follow
    ? buildLogs(client, build.id, undefined, signal)
    : await client.call(endpoints.builds.getBuildLogs, { params });
  for await (const { created_at: at, log_level: level, stage, output } of source) {
    if (output !== "") yield { at, level, source: stage, text: output };
  }
}

async function agentsAfter(client: Means["client"], build: WorkspaceBuild): Promise<WorkspaceAgent[]> {
  const resources = await client.call(endpoints.builds.listBuildResources, { params: { workspacebuild: build.id } });
  return resources.flatMap((resource) => resource.agents ?? []);
}

/** Several agents' lines, as one would have seen them come. */
async function printAgents(agents: readonly WorkspaceAgent[], means: Means): Promise<void> {
  const lines = await Promise.all(
    agents.map(async (agent) => {
      const found = await means.client.call(endpoints.agents.getAgentLogs, { params: { workspaceagent: agent.id } });
      return found.map((line) => toLine(line, agent));
    }),
  );
  for (const line of lines.flat().toSorted((a, b) => a.at.localeCompare(b.at))) print(line, means);
}

async function followAgent(agent: WorkspaceAgent, means: Means): Promise<void> {
  const input = { params: { workspaceagent: agent.id }, query: { follow: true } };
  for await (const message of jsonMessages(means.client, endpoints.agents.getAgentLogs, input, means.signal)) {
    // The contract of the stream: each message is a list of lines.
    for (const line of message as WorkspaceAgentLog[]) print(toLine(line, agent), means);
  }
}

function toLine(
  { created_at: at, level, output, source_id: sourceId }: WorkspaceAgentLog,
  agent: WorkspaceAgent,
): Line {
  const source = agent.log_sources.find(({ id }) => id === sourceId)?.display_name;
  return { at, level, source: source ? `${agent.name}, ${source}` : agent.name, text: output };
}

function print({ at, level, source, text }: Line, { out }: Means): void {
  const keepsColours = out.style.dim("x") !== "x";
  for (const part of safeText(text, keepsColours).split("\n")) {
    const words = level === "info" ? part : paintLevel(part, level, out.style);
    out.line(`${out.style.dim(at)} ${out.style.cyan(`[${safeText(source)}]`)} ${words}`);
  }
}
