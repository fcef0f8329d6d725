import { endpoints } from "@hearth/sdk";
import { z } from "zod";
import { findWorkspace } from "#api/workspaces.ts";
import { workspaceArgument, yes } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";

export const rename = defineCommand({
  summary: "Give a workspace another name",
  args: { workspace: workspaceArgument, newName: z.string() },
  options: { yes },
  async run({ workspace: reference, newName }, { client, out, prompt }) {
    const workspace = await findWorkspace(client, reference);
    const message = `Rename ${workspace.name} to ${newName}? Templates that name resources after it make new ones at the next start.`;
    if (!(await prompt.confirm({ message, initial: false }))) {
      out.note("Nothing was renamed.");
      return 1;
    }
    await client.call(endpoints.workspaces.renameWorkspace, {
      params: { workspace: workspace.id },
      body: { name: newName },
    });
    out.note(`${workspace.owner_name}/${workspace.name} is now ${workspace.owner_name}/${newName}.`);
    return 0;
  },
});
