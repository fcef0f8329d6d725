import { z } from "zod";
import type { CommandStart } from "@hearth/sdk";
import { defineCommand } from "#command/define.ts";
import { openConnection } from "#exec/open-connection.ts";
import { runCommand } from "#exec/run-command.ts";
import { ApiError } from "@hearth/sdk";
import { Failure, UsageError } from "#means/failure.ts";
import { parseAssignments } from "#parameters/assignments.ts";
import { reachAgent } from "#ssh/reach-agent.ts";
import { reportUsage } from "#ssh/usage.ts";

export const exec = defineCommand({
  summary: "Run a command in a workspace, without SSH",
  description:
    "Run a command in a workspace, without SSH; its exit status becomes ours, and our input, signals and size of the terminal its. The words after -- are its arguments as they are; without any it is a shell. A stopped workspace is started first.",
  args: {
    workspace: z.string().meta({ description: "dev, dev.agent, ada/dev, or an id" }),
    command: z.array(z.string()).default([]).meta({ description: "what to run, after --" }),
  },
  options: {
    shell: z.boolean().default(false).meta({ description: "let the user's shell there read the words, as ssh does" }),
    tty: z.boolean().default(false).meta({ short: "t", description: "give the command a terminal" }),
    noStdin: z.boolean().default(false).meta({ short: "n", description: "feed it nothing" }),
    env: z
      .array(z.string())
      .default([])
      .meta({ short: "e", value: "name=value", description: "environment variable to set inside" }),
    directory: z.string().optional().meta({ short: "C", value: "path", description: "where to run it" }),
    detach: z
      .boolean()
      .default(false)
      .meta({ short: "d", description: "leave it running, and print the id of its process" }),
    wait: z
      .enum(["yes", "no", "auto"])
      .default("auto")
      .meta({ value: "when", description: "wait for start-up scripts; auto does where the template says so" }),
    disableAutostart: z.boolean().default(false).meta({ description: "fail when the workspace is stopped" }),
  },
  examples: [
    { what: "A command", line: "hearth exec dev -- npm test" },
    { what: "A line for the shell", line: "hearth exec dev --shell -- 'cd src && ls | wc -l'" },
    { what: "Input from here", line: "tar c src | hearth exec dev -- tar x" },
    { what: "Something that goes on by itself", line: "hearth exec dev -d -- npm run serve" },
  ],
  async run(input, means) {
    const { client, terminal, env, signal, out } = means;
    const variables = Object.fromEntries(parseAssignments("--env", input.env));
    if (input.detach && input.command.length === 0) throw new UsageError("--detach needs a command, after --");
    const reached = await reachAgent(
      { reference: input.workspace, wait: input.wait, autostart: !input.disableAutostart },
      means,
    );
    const over = new AbortController();
    const usage = reportUsage(reached, "ssh", means, over.signal);
    try {
      using connection = await openConnection(client, reached.agent.id, signal);
      const request = {
        ...toTask(input.command, input.shell),
        env: variables,
        ...(input.directory === undefined ? {} : { directory: input.directory }),
        ...(input.wait === "no" ? { wait: "none" as const } : {}),
      };
      if (input.detach) {
        const command = connection.start({ ...request, detach: true }, { signal });
        out.line((await command.started).process_id);
        return 0;
      }
      const hasTerminal = input.tty || (input.command.length === 0 && terminal.isInput);
      return await runCommand(
        connection,
        { request, hasTerminal, hasInput: !input.noStdin },
        { terminal, env, signal },
      );
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "exec_unsupported") throw error;
      throw new Failure(error.message, { cause: error, hint: `Use: hearth ssh ${input.workspace}` });
    } finally {
      over.abort();
      await usage;
    }
  },
});

/** The words as they are, or as a line for the shell; without any the shell itself, as after a log-in. */
function toTask(words: readonly string[], isLine: boolean): Pick<CommandStart, "argv" | "shell"> {
  if (words.length === 0) return { shell: 'exec "$SHELL" -l' };
  return isLine ? { shell: words.join(" ") } : { argv: [...words] };
}
