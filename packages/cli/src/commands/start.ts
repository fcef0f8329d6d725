import type { Workspace, WorkspaceBuild } from "@hearth/sdk";
import { z } from "zod";
import { findWorkspace, fullName } from "#api/workspaces.ts";
import { followBuild } from "#build/follow-build.ts";
import { planStart, queueStart } from "#build/start-workspace.ts";
import { waitUntilReady } from "#build/wait-until-ready.ts";
import { textOutput, workspaceArgument, yes } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import type { Means } from "#means/means.ts";
import { elapsed } from "#output/ages.ts";
import { parameterOptions } from "#parameters/parameter-options.ts";

export const start = defineCommand({
  summary: "Start a workspace and wait until it is ready",
  args: { workspace: workspaceArgument },
  options: {
    ...parameterOptions,
    reason: z
      .enum(["cli", "dashboard", "jetbrains_connection", "ssh_connection", "vscode_connection"])
      .default("cli")
      .meta({ value: "reason", description: "why it is started, for the workspace's history" }),
    noWait: z.boolean().default(false).meta({ description: "return as soon as the build is queued" }),
    output: textOutput,
    yes,
  },
  async run(input, means) {
    const { client, out, clock } = means;
    const workspace = await findWorkspace(client, input.workspace);
    const { status, transition } = workspace.latest_build;
    if (status === "running") {
      if (input.output === "json") out.json(workspace.latest_build);
      else out.line(`${fullName(workspace)} is running already.`);
      return;
    }
    const startedAtMs = clock.now();
    const isUnderWay = transition === "start" && (status === "pending" || status === "starting");
    const queued = isUnderWay
      ? workspace.latest_build
      : await queueStart(workspace, await planStart(workspace, { reason: input.reason, flags: input }, means), means);
    if (input.noWait) {
      if (input.output === "json") out.json(queued);
      else out.line(`${fullName(workspace)} is being started.`);
      return;
    }
    const build = await finishStart(workspace, queued, means);
    if (input.output === "json") out.json(build);
    else out.line(`${fullName(workspace)} is ready after ${elapsed(clock.now() - startedAtMs)}.`);
  },
});

/** Shows a start until it has succeeded and its agents are ready; gives the build as it is then. */
export async function finishStart(workspace: Workspace, queued: WorkspaceBuild, means: Means): Promise<WorkspaceBuild> {
  await followBuild(queued, means);
  const ready = await waitUntilReady(workspace, queued.id, means);
  return ready.latest_build;
}
