import { findWorkspace, fullName } from "#api/workspaces.ts";
import { runBuild } from "#build/start-workspace.ts";
import { textOutput, workspaceArgument, yes } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { elapsed } from "#output/ages.ts";

export const stop = defineCommand({
  summary: "Stop a workspace and wait until it has stopped",
  args: { workspace: workspaceArgument },
  options: { output: textOutput, yes },
  async run(input, means) {
    const { client, out, clock } = means;
    const workspace = await findWorkspace(client, input.workspace);
    if (workspace.latest_build.status === "stopped") {
      if (input.output === "json") out.json(workspace.latest_build);
      else out.line(`${fullName(workspace)} is stopped already.`);
      return;
    }
    const startedAtMs = clock.now();
    const build = await runBuild(workspace, { transition: "stop" }, means);
    if (input.output === "json") out.json(build);
    else out.line(`${fullName(workspace)} is stopped after ${elapsed(clock.now() - startedAtMs)}.`);
  },
});
