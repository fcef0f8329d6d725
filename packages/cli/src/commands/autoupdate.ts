import { endpoints } from "@hearth/sdk";
import { z } from "zod";
import { findWorkspace, fullName } from "#api/workspaces.ts";
import { workspaceArgument, yes } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";

export const autoupdate = defineCommand({
  summary: "Say whether a workspace starts with its template's active version",
  args: { workspace: workspaceArgument, when: z.enum(["always", "never"]) },
  options: { yes },
  async run({ workspace: reference, when }, { client, out }) {
    const workspace = await findWorkspace(client, reference);
    await client.call(endpoints.workspaces.updateWorkspaceAutomaticUpdates, {
      params: { workspace: workspace.id },
      body: { automatic_updates: when },
    });
    out.note(
      when === "always"
        ? `${fullName(workspace)} starts with the active version of its template from now on.`
        : `${fullName(workspace)} keeps the version that it was built with.`,
    );
  },
});
