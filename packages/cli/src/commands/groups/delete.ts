import { endpoints } from "@hearth/sdk";
import { z } from "zod";
import { resolveOrganization } from "#api/organizations.ts";
import { findGroup } from "#api/people.ts";
import { organization, textOutput, yes } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";

export const deleteGroup = defineCommand({
  summary: "Delete a group: its members lose what it was given",
  args: { group: z.string().meta({ description: "name or id" }) },
  options: { organization, output: textOutput, yes },
  async run(input, { client, out, prompt }) {
    const { id } = await resolveOrganization(client, input.organization);
    const group = await findGroup(client, id, input.group);
    const message = `Delete the group ${group.name} with ${group.total_member_count} members?`;
    if (!(await prompt.confirm({ message, initial: false }))) return 1;
    const answer = await client.call(endpoints.groups.deleteGroup, { params: { group: group.id } });
    if (input.output === "json") out.json(answer);
    else out.line(`Group "${group.name}" is deleted.`);
    return 0;
  },
});
