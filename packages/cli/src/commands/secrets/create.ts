import { endpoints } from "@hearth/sdk";
import { z } from "zod";
import { textOutput } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { givenValue, readPiped, valueOptions } from "./value.ts";

export const createSecret = defineCommand({
  summary: "Keep a secret for your workspaces",
  description:
    "Keep a secret for your workspaces: as a variable, as a file, or both. They get it with their next start or claim; its value is never shown again. Without --value or --value-file it is read from standard input, or asked for.",
  args: { name: z.string().meta({ description: "to find it again" }) },
  options: {
    ...valueOptions,
    env: z.string().default("").meta({ value: "name", description: "variable that workspaces get it in" }),
    file: z
      .string()
      .default("")
      .meta({ value: "path", description: "file that workspaces get it in, from / or ~/ on" }),
    description: z.string().default("").meta({ description: "what it is for" }),
    output: textOutput,
  },
  examples: [
    { what: "Asked for, and hidden", line: "hearth secret create github --env GITHUB_TOKEN" },
    { what: "From a file", line: "hearth secret create aws --value-file ~/.aws/credentials --file ~/.aws/credentials" },
  ],
  async run(input, means) {
    const { client, out, prompt, terminal } = means;
    const asked = async () =>
      terminal.isInput ? await prompt.password({ message: "Value", flag: "--value" }) : await readPiped(means);
    const value = (await givenValue(input, means)) ?? (await asked());
    const secret = await client.call(endpoints.secrets.createUserSecret, {
      params: { user: "me" },
      body: {
        name: input.name,
        value,
        description: input.description,
        env_name: input.env,
        file_path: input.file,
      },
    });
    if (input.output === "json") out.json(secret);
    else out.line(`Secret "${secret.name}" is kept.`);
    if (secret.env_name === "" && secret.file_path === "") {
      out.note("No workspace gets it until it has --env or --file.");
    }
  },
});
