import { endpoints } from "@hearth/sdk";
import { z } from "zod";
import { findWorkspace } from "#api/workspaces.ts";
import { output, workspaceArgument } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { UsageError } from "#means/failure.ts";
import { parseAutostart, toCron } from "#time/autostart.ts";
import { localZone } from "#time/local-zone.ts";
import { showSchedule } from "./show.ts";

export const scheduleStart = defineCommand({
  summary: "Say when a workspace starts by itself",
  args: {
    workspace: workspaceArgument,
    when: z.array(z.string()).nonempty("a time is needed").meta({ description: "<time> [days] [zone], or manual" }),
  },
  options: { output },
  examples: [
    { what: "On work days", line: "hearth schedule start dev 9:30AM Mon-Fri Europe/Berlin" },
    { what: "By hand again", line: "hearth schedule start dev manual" },
  ],
  async run({ workspace: reference, when, output: format }, means) {
    const { client, out, env } = means;
    const cron = cronOf(when.join(" "), localZone(env));
    const workspace = await findWorkspace(client, reference);
    const params = { workspace: workspace.id };
    await client.call(endpoints.workspaces.updateWorkspaceAutostart, {
      params,
      body: cron === undefined ? {} : { schedule: cron },
    });
    const changed = await client.call(endpoints.workspaces.getWorkspace, { params });
    if (format === "json") out.json(changed);
    else showSchedule(changed, means);
  },
});

function cronOf(text: string, zone: string): string | undefined {
  if (text === "manual") return undefined;
  const parsed = parseAutostart(text, zone);
  if (!parsed.ok)
    throw new UsageError(parsed.why, {
      hint: 'Like: hearth schedule start dev 9:30AM Mon-Fri Europe/Berlin, or "manual"',
    });
  return toCron(parsed.autostart);
}
