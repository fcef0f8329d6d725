import { defineCommand } from "#command/define.ts";

export const agent = defineCommand({
  summary: "Run the agent of a workspace, inside it",
  async run() {
    // It takes its settings from its environment and ends the process itself.
    await import("@hearth/agent/main");
  },
});
