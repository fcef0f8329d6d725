import { endpoints } from "@hearth/sdk";
import { z } from "zod";
import { textOutput, yes } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { UsageError } from "#means/failure.ts";

export const editRoles = defineCommand({
  summary: "Say what a user may do on this server",
  args: { user: z.string().meta({ description: "name or id" }) },
  options: {
    roles: z
      .array(z.string())
      .optional()
      .meta({ value: "role", description: "all roles the user is to have; commas part several" }),
    output: textOutput,
    yes,
  },
  async run(input, { client, out, prompt }) {
    const params = { user: input.user };
    const [user, current, known] = await Promise.all([
      client.call(endpoints.users.getUser, { params }),
      client.call(endpoints.users.getUserRoles, { params }),
      client.call(endpoints.users.listSiteRoles, {}),
    ]);
    const wanted = input.roles?.flatMap((roles) => roles.split(",")).filter((role) => role !== "");
    const unknown = wanted?.filter((role) => !known.some(({ name }) => name === role)) ?? [];
    if (unknown.length > 0) {
      throw new UsageError(
        `--roles: there is no role ${unknown.join(", ")}; there are ${known.map(({ name }) => name).join(", ")}`,
      );
    }
    const roles =
      wanted ??
      (await prompt.selectSeveral({
        message: `Roles of ${user.username}`,
        flag: "--roles",
        initial: current.roles,
        choices: known
          .filter(({ assignable }) => assignable)
          .map(({ name, display_name: label }) => ({ value: name, label })),
      }));
    const changed = await client.call(endpoints.users.updateUserRoles, { params: { user: user.id }, body: { roles } });
    if (input.output === "json") out.json(changed);
    else out.line(`Roles of "${changed.username}": ${roles.join(", ") || "none"}.`);
  },
});
