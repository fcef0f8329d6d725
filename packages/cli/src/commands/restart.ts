import { findWorkspace, fullName } from "#api/workspaces.ts";
import { planStart, queueStart, runBuild } from "#build/start-workspace.ts";
import { textOutput, workspaceArgument, yes } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { elapsed } from "#output/ages.ts";
import { parameterOptions } from "#parameters/parameter-options.ts";
import { finishStart } from "./start.ts";

export const restart = defineCommand({
  summary: "Stop a workspace and start it again",
  args: { workspace: workspaceArgument },
  options: { ...parameterOptions, output: textOutput, yes },
  async run(input, means) {
    const { client, out, clock } = means;
    const workspace = await findWorkspace(client, input.workspace);
    const startedAtMs = clock.now();
    const plan = await planStart(workspace, { reason: "cli", flags: input }, means);
    const stopped = { ...workspace, latest_build: await runBuild(workspace, { transition: "stop" }, means) };
    const build = await finishStart(stopped, await queueStart(stopped, plan, means), means);
    if (input.output === "json") out.json(build);
    else out.line(`${fullName(workspace)} is ready after ${elapsed(clock.now() - startedAtMs)}.`);
  },
});
