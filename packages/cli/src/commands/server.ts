import { defineCommand } from "#command/define.ts";

export const server = defineCommand({
  summary: "Run the control plane",
  passesWordsOn: true,
  async run({ words }, { env, signal }) {
    const { runServer } = await import("@hearth/server");
    return await runServer({ words, env, signal });
  },
});
