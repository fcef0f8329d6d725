import { endpoints } from "@hearth/sdk";
import { z } from "zod";
import { yes } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";

export const deleteSecret = defineCommand({
  summary: "Delete a secret: no workspace gets it any more",
  args: { name: z.string().meta({ description: "its name" }) },
  options: { yes },
  async run({ name }, { client, out, prompt }) {
    const message = `Delete the secret ${name}? Its value is lost.`;
    if (!(await prompt.confirm({ message, initial: false }))) {
      out.note("Nothing was deleted.");
      return 1;
    }
    await client.call(endpoints.secrets.deleteUserSecret, { params: { user: "me", name } });
    out.note(`Secret "${name}" is deleted.`);
    return 0;
  },
});
