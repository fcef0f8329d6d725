import { endpoints } from "@hearth/sdk";
import { findWorkspace } from "#api/workspaces.ts";
import { Duration, output, workspaceArgument } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { showSchedule } from "./show.ts";

export const scheduleExtend = defineCommand({
  summary: "Put off the next stop of a running workspace",
  args: {
    workspace: workspaceArgument,
    fromNow: Duration.meta({ value: "duration", description: "from now, like 3h" }),
  },
  options: { output },
  async run({ workspace: reference, fromNow, output: format }, means) {
    const { client, out, clock } = means;
    const workspace = await findWorkspace(client, reference);
    const params = { workspace: workspace.id };
    const deadline = new Date(clock.now() + fromNow).toISOString();
    await client.call(endpoints.workspaces.extendWorkspace, { params, body: { deadline } });
    const changed = await client.call(endpoints.workspaces.getWorkspace, { params });
    if (format === "json") out.json(changed);
    else showSchedule(changed, means);
  },
});
