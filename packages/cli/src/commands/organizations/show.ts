import { endpoints, type Organization } from "@hearth/sdk";
import { z } from "zod";
import { resolveOrganization } from "#api/organizations.ts";
import { columnOption, organization, output } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import type { Means } from "#means/means.ts";
import { pickColumns } from "#output/table.ts";
import { organizationColumns } from "./columns.ts";

export const showOrganization = defineCommand({
  summary: "Show an organization, or those you are in",
  args: { which: z.string().default("selected").meta({ description: '"selected", "me" for yours, a name or an id' }) },
  options: {
    onlyId: z.boolean().default(false).meta({ description: "print the id and nothing else" }),
    column: columnOption(organizationColumns),
    organization,
    output,
  },
  async run({ which, onlyId, column, organization: wanted, output: format }, { client, out, clock }) {
    const found = await find(client, which, wanted);
    if (onlyId) for (const { id } of found) out.line(id);
    else if (format === "json") out.json(which === "me" ? found : found[0]);
    else {
      const nowMs = clock.now();
      out.table(
        found.map((each) => ({ organization: each, nowMs })),
        pickColumns(organizationColumns, column),
      );
    }
  },
});

async function find(client: Means["client"], which: string, wanted: string | undefined): Promise<Organization[]> {
  if (which === "me") return await client.call(endpoints.users.listUserOrganizations, { params: { user: "me" } });
  if (which === "selected") return [await resolveOrganization(client, wanted)];
  return [await client.call(endpoints.organizations.getOrganization, { params: { organization: which } })];
}
