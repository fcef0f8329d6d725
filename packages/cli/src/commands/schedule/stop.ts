import { endpoints } from "@hearth/sdk";
import { z } from "zod";
import { findWorkspace } from "#api/workspaces.ts";
import { Duration, output, workspaceArgument } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { showSchedule } from "./show.ts";

export const scheduleStop = defineCommand({
  summary: "Say how long after a start a workspace stops by itself",
  args: {
    workspace: workspaceArgument,
    after: z.union([z.literal("manual"), Duration]).meta({ value: "duration", description: "like 8h, or manual" }),
  },
  options: { output },
  async run({ workspace: reference, after, output: format }, means) {
    const { client, out } = means;
    const workspace = await findWorkspace(client, reference);
    const params = { workspace: workspace.id };
    await client.call(endpoints.workspaces.updateWorkspaceTtl, {
      params,
      body: { ttl_ms: after === "manual" ? null : after },
    });
    const changed = await client.call(endpoints.workspaces.getWorkspace, { params });
    if (format === "json") out.json(changed);
    else showSchedule(changed, means);
  },
});
