import { endpoints } from "@hearth/sdk";
import { z } from "zod";
import { output } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { pickColumns } from "#output/table.ts";
import { userColumns } from "./columns.ts";

export const showUser = defineCommand({
  summary: "Show a user",
  args: { user: z.string().meta({ description: 'name, id, or "me"' }) },
  options: { output },
  async run({ user: wanted, output: format }, { client, out, clock }) {
    const user = await client.call(endpoints.users.getUser, { params: { user: wanted } });
    if (format === "json") {
      out.json(user);
      return;
    }
    out.table([{ user, nowMs: clock.now() }], pickColumns(userColumns, []));
    const organizations = await Promise.all(
      user.organization_ids.map((organization) =>
        client.call(endpoints.organizations.getOrganization, { params: { organization } }),
      ),
    );
    out.line("");
    out.line(`Organizations: ${organizations.map(({ name }) => name).join(", ") || "none"}`);
  },
});
