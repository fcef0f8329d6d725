import { endpoints } from "@hearth/sdk";
import { resolveOrganization } from "#api/organizations.ts";
import { columnOption, organization, output } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { pickColumns } from "#output/table.ts";
import { groupColumns } from "./columns.ts";

export const listGroups = defineCommand({
  summary: "List groups, with their members",
  options: { column: columnOption(groupColumns), organization, output },
  async run({ column, organization: wanted, output: format }, { client, out }) {
    const { id } = await resolveOrganization(client, wanted);
    const groups = await client.call(endpoints.groups.listOrganizationGroups, { params: { organization: id } });
    if (format === "json") out.json(groups);
    else out.table(groups, pickColumns(groupColumns, column));
  },
});
