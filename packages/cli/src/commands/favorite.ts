import { endpoints } from "@hearth/sdk";
import { findWorkspace, fullName } from "#api/workspaces.ts";
import { workspaceArgument } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";

export const favorite = defineCommand({
  summary: "Put a workspace at the top of your list",
  args: { workspace: workspaceArgument },
  async run({ workspace: reference }, { client, out }) {
    const workspace = await findWorkspace(client, reference);
    await client.call(endpoints.workspaces.favoriteWorkspace, { params: { workspace: workspace.id } });
    out.note(`${fullName(workspace)} is a favourite now.`);
  },
});

export const unfavorite = defineCommand({
  summary: "Take a workspace from the top of your list",
  args: { workspace: workspaceArgument },
  async run({ workspace: reference }, { client, out }) {
    const workspace = await findWorkspace(client, reference);
    await client.call(endpoints.workspaces.unfavoriteWorkspace, { params: { workspace: workspace.id } });
    out.note(`${fullName(workspace)} is no favourite any more.`);
  },
});
