import { z } from "zod";
import { ApiError, type RunRequest, type Workspace } from "@hearth/sdk";
import { fullName } from "#api/workspaces.ts";
import { defineCommand } from "#command/define.ts";
import { openConnection } from "#exec/open-connection.ts";
import { runCommand } from "#exec/run-command.ts";
import { RunStream } from "#exec/run-stream.ts";
import { Failure, UsageError } from "#means/failure.ts";
import type { Means } from "#means/means.ts";
import { parseAssignments } from "#parameters/assignments.ts";
import { chooseTemplate } from "./create-choices.ts";

export const run = defineCommand({
  summary: "Make a workspace, run a command in it, and take it away",
  description:
    "Make a workspace, run a command in it, and take it away again; a warm one is claimed where its preset keeps any. The command's exit status becomes ours, our input its. With --name the workspace is kept, unless --rm says otherwise; it is also taken away when we are lost.",
  args: { command: z.array(z.string()).meta({ description: "what to run, after --" }) },
  options: {
    template: z
      .string()
      .optional()
      .meta({ value: "name", description: "template of the workspace; without it the only one" }),
    preset: z.string().optional().meta({ value: "name", description: "its preset; without it the default one" }),
    name: z
      .string()
      .optional()
      .meta({ value: "name", description: "name of the workspace; without it one is made up" }),
    parameter: z.array(z.string()).default([]).meta({ value: "name=value", description: "value of a parameter" }),
    keep: z.boolean().default(false).meta({ description: "leave the workspace there" }),
    rm: z.boolean().default(false).meta({ description: "take it away though it has a name" }),
    shell: z.boolean().default(false).meta({ description: "let the user's shell there read the words, as ssh does" }),
    tty: z.boolean().default(false).meta({ short: "t", description: "give the command a terminal" }),
    noStdin: z.boolean().default(false).meta({ short: "n", description: "feed it nothing: one request does it all" }),
    env: z
      .array(z.string())
      .default([])
      .meta({ short: "e", value: "name=value", description: "environment variable to set inside" }),
    directory: z.string().optional().meta({ short: "C", value: "path", description: "where to run it" }),
  },
  examples: [
    { what: "A command in a fresh workspace", line: "hearth run -- uname -a" },
    { what: "Of this template and preset", line: "hearth run --template docker --preset large -- npm test" },
    { what: "Input from here", line: "tar c . | hearth run --shell -- 'tar x && make'" },
    { what: "Keep it", line: "hearth run --name dev --template docker -- git clone https://example.com/it" },
  ],
  async run(input, means) {
    if (input.command.length === 0) throw new UsageError("Say after -- what to run");
    if (input.keep && input.rm) throw new UsageError("--keep and --rm contradict each other");
    const { client, terminal, env, signal, out, prompt, clock } = means;
    const template = input.template ?? (await chooseTemplate(client, undefined, undefined, prompt, clock.now())).id;
    const variables = Object.fromEntries(parseAssignments("--env", input.env));
    const deletes = input.rm || (!input.keep && input.name === undefined);
    const command = {
      ...(input.shell ? { shell: input.command.join(" ") } : { argv: [...input.command] }),
      env: variables,
      ...(input.directory === undefined ? {} : { directory: input.directory }),
    };
    const body: RunRequest = {
      workspace: {
        template,
        ...(input.preset === undefined ? {} : { preset: input.preset }),
        ...(input.name === undefined ? {} : { name: input.name }),
        rich_parameter_values: [...parseAssignments("--parameter", input.parameter)].map(([name, value]) => ({
          name,
          value,
        })),
      },
      delete: deletes ? "after" : "never",
    };
    const isPlain = input.noStdin && !input.tty;
    await using stream = await RunStream.open(client, isPlain ? { ...body, command } : body, signal);
    try {
      if (isPlain) return await stream.showCommand(terminal, (workspace) => kept(workspace, deletes, means), out);
      const { agentId, workspace } = await stream.ready(out);
      kept(workspace, deletes, means);
      using connection = await openConnection(client, agentId, signal);
      return await runCommand(
        connection,
        { request: command, hasTerminal: input.tty, hasInput: !input.noStdin },
        { terminal, env, signal },
      );
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "exec_unsupported") throw error;
      throw new Failure(error.message, { cause: error });
    }
  },
});

/** Tells of a workspace that stays. */
function kept(workspace: Workspace, deletes: boolean, { out }: Means): void {
  if (!deletes) out.note(out.noteStyle.dim(`In ${fullName(workspace)}, which stays.`));
}
