import { endpoints } from "@hearth/sdk";
import { z } from "zod";
import { textOutput } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { UsageError } from "#means/failure.ts";
import { givenValue, valueOptions } from "./value.ts";

export const updateSecret = defineCommand({
  summary: "Change a secret",
  description: "Change what is given of a secret. What runs keeps what it has until its workspace's next start.",
  args: { name: z.string().meta({ description: "its name" }) },
  options: {
    ...valueOptions,
    env: z.string().optional().meta({ value: "name", description: "variable that workspaces get it in; '' for none" }),
    file: z.string().optional().meta({ value: "path", description: "file that workspaces get it in; '' for none" }),
    description: z.string().optional().meta({ description: "what it is for" }),
    output: textOutput,
  },
  async run(input, means) {
    const { client, out } = means;
    const { env, file, description } = input;
    const value = await givenValue(input, means);
    const body = {
      ...(value === undefined ? {} : { value }),
      ...(env === undefined ? {} : { env_name: env }),
      ...(file === undefined ? {} : { file_path: file }),
      ...(description === undefined ? {} : { description }),
    };
    if (Object.keys(body).length === 0) {
      throw new UsageError("say what to change: --value, --value-file, --env, --file or --description");
    }
    const secret = await client.call(endpoints.secrets.updateUserSecret, {
      params: { user: "me", name: input.name },
      body,
    });
    if (input.output === "json") out.json(secret);
    else out.line(`Secret "${secret.name}" is changed.`);
  },
});
