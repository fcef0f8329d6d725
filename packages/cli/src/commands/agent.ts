import { defineCommand } from "#command/define.ts";

export const agent = defineCommand({
  summary: "Run the agent of a workspace, inside it",
  description:
    "Run the agent of a workspace, inside it. It takes its settings from its environment (HEARTH_AGENT_URL, HEARTH_AGENT_TOKEN) and ends the process itself.",
  isDaemon: true,
  async run(_input, { releaseProcess }) {
    releaseProcess();
    await import("@hearth/agent/main");
  },
});
