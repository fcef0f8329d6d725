import { z } from "zod";
import { findWorkspace, fullName } from "#api/workspaces.ts";
import { runBuild } from "#build/start-workspace.ts";
import { textOutput, workspaceArgument, yes } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { age } from "#output/ages.ts";

export const deleteWorkspace = defineCommand({
  summary: "Delete a workspace and all that is in it",
  args: { workspace: workspaceArgument },
  options: {
    orphan: z
      .boolean()
      .default(false)
      .meta({ description: "forget it without destroying its resources; for those who may change the template" }),
    output: textOutput,
    yes,
  },
  async run(input, means) {
    const { client, out, prompt, clock } = means;
    const workspace = await findWorkspace(client, input.workspace);
    const { status } = workspace.latest_build;
    if (status === "failed") out.warn(`The last build failed. If it cannot be deleted either, try --orphan.`);
    out.note(`${fullName(workspace)} was last used ${age(workspace.last_used_at, clock.now())}.`);
    const message = `Delete ${fullName(workspace)}? What is in it is lost.`;
    if (!(await prompt.confirm({ message, initial: false }))) {
      out.note("Nothing was deleted.");
      return 1;
    }
    const build = await runBuild(workspace, { transition: "delete", ...(input.orphan ? { orphan: true } : {}) }, means);
    if (input.output === "json") out.json(build);
    else out.line(`${fullName(workspace)} is deleted.`);
    return 0;
  },
});
