import { endpoints } from "@hearth/sdk";
import { z } from "zod";
import { textOutput, yes } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";

export const publickey = defineCommand({
  summary: "Print the public key that your workspaces use with git",
  options: {
    reset: z.boolean().default(false).meta({ description: "make a new one; the old one stops working" }),
    output: textOutput,
    yes,
  },
  async run({ reset, output }, { client, out, prompt }) {
    const params = { user: "me" };
    if (reset && !(await prompt.confirm({ message: "Make a new key? The old one stops working.", initial: false })))
      return 1;
    const key = await (reset
      ? client.call(endpoints.users.regenerateGitSshKey, { params })
      : client.call(endpoints.users.getGitSshKey, { params }));
    if (output === "json") out.json(key);
    else out.line(key.public_key.trim());
    if (!reset) out.note(out.noteStyle.dim("Add it to your git host; workspaces hold the private half for you."));
    return 0;
  },
});
