import { findWorkspace, fullName } from "#api/workspaces.ts";
import { planStart, queueStart, runBuild } from "#build/start-workspace.ts";
import { textOutput, workspaceArgument, yes } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { elapsed } from "#output/ages.ts";
import { hasParameterFlags, parameterOptions } from "#parameters/parameter-options.ts";
import { finishStart } from "./start.ts";

export const update = defineCommand({
  summary: "Start a workspace with the active version of its template",
  args: { workspace: workspaceArgument },
  options: { ...parameterOptions, output: textOutput, yes },
  async run(input, means) {
    const { client, out, clock } = means;
    const workspace = await findWorkspace(client, input.workspace);
    if (!workspace.outdated && !hasParameterFlags(input)) {
      if (input.output === "json") out.json(workspace.latest_build);
      else out.line(`${fullName(workspace)} is up to date.`);
      return;
    }
    const startedAtMs = clock.now();
    const versionId = workspace.template_active_version_id;
    const plan = await planStart(workspace, { reason: "cli", flags: input, versionId }, means);
    const isRunning = workspace.latest_build.status === "running";
    const latest = isRunning ? await runBuild(workspace, { transition: "stop" }, means) : workspace.latest_build;
    const before = { ...workspace, latest_build: latest };
    const build = await finishStart(before, await queueStart(before, plan, means), means);
    if (input.output === "json") out.json(build);
    else out.line(`${fullName(workspace)} is updated and ready after ${elapsed(clock.now() - startedAtMs)}.`);
  },
});
