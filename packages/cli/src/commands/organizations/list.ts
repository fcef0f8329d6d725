import { endpoints } from "@hearth/sdk";
import { columnOption, output } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { pickColumns } from "#output/table.ts";
import { organizationColumns } from "./columns.ts";

export const listOrganizations = defineCommand({
  summary: "List organizations",
  options: { column: columnOption(organizationColumns), output },
  async run({ column, output: format }, { client, out, clock }) {
    const organizations = await client.call(endpoints.organizations.listOrganizations, {});
    if (format === "json") {
      out.json(organizations);
      return;
    }
    const nowMs = clock.now();
    out.table(
      organizations.map((organization) => ({ organization, nowMs })),
      pickColumns(organizationColumns, column),
    );
  },
});
