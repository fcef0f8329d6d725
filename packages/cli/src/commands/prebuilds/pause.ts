import { endpoints } from "@hearth/sdk";
import { defineCommand } from "#command/define.ts";

export const pausePrebuilds = defineCommand({
  summary: "Keep no more workspaces warm until further notice",
  async run(_input, { client, out }) {
    await client.call(endpoints.prebuilds.updatePrebuildsSettings, { body: { reconciliation_paused: true } });
    out.note("The pools of warm workspaces are paused.");
  },
});

export const resumePrebuilds = defineCommand({
  summary: "Keep workspaces warm again",
  async run(_input, { client, out }) {
    await client.call(endpoints.prebuilds.updatePrebuildsSettings, { body: { reconciliation_paused: false } });
    out.note("The pools of warm workspaces are kept again.");
  },
});
