import { endpoints } from "@hearth/sdk";
import { textOutput } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";

export const whoami = defineCommand({
  summary: "Say who is logged in, and where",
  options: { output: textOutput },
  async run({ output }, { client, out }) {
    const user = await client.call(endpoints.users.getUser, { params: { user: "me" } });
    if (output === "json") {
      out.json(user);
      return;
    }
    const roles = user.roles.map((role) => role.display_name || role.name);
    const as = roles.length === 0 ? "" : ` (${roles.join(", ")})`;
    out.line(`${user.username}${as} at ${client.url}`);
  },
});
