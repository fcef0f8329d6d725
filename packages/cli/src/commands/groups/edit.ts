import { endpoints } from "@hearth/sdk";
import { z } from "zod";
import { resolveOrganization } from "#api/organizations.ts";
import { findGroup, idsOfMembers, listed } from "#api/people.ts";
import { Count, organization, textOutput } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";

const people = z.array(z.string()).default([]);

export const editGroup = defineCommand({
  summary: "Change a group, and who is in it",
  args: { group: z.string().meta({ description: "name or id" }) },
  options: {
    name: z.string().optional().meta({ short: "n", description: "its new name" }),
    displayName: z.string().optional().meta({ short: "d", value: "name", description: "how people call it" }),
    avatarUrl: z.string().optional().meta({ short: "u", value: "url", description: "its picture" }),
    quotaAllowance: Count.optional().meta({
      short: "q",
      value: "credits",
      description: "what each member may spend a day",
    }),
    addUsers: people.meta({ short: "a", value: "users", description: "who comes: names, e-mail addresses or ids" }),
    rmUsers: people.meta({ short: "r", value: "users", description: "who goes" }),
    organization,
    output: textOutput,
  },
  examples: [{ what: "Let two in and one out", line: "hearth groups edit ml --add-users ada,bob --rm-users eve" }],
  async run(input, { client, out }) {
    const { id } = await resolveOrganization(client, input.organization);
    const { id: groupId } = await findGroup(client, id, input.group);
    const group = await client.call(endpoints.groups.updateGroup, {
      params: { group: groupId },
      body: {
        add_users: await idsOfMembers(client, id, listed(input.addUsers)),
        remove_users: await idsOfMembers(client, id, listed(input.rmUsers)),
        ...(input.name === undefined ? {} : { name: input.name }),
        ...(input.displayName === undefined ? {} : { display_name: input.displayName }),
        ...(input.avatarUrl === undefined ? {} : { avatar_url: input.avatarUrl }),
        ...(input.quotaAllowance === undefined ? {} : { quota_allowance: input.quotaAllowance }),
      },
    });
    if (input.output === "json") out.json(group);
    else out.line(`Group "${group.name}": ${group.members.map(({ username }) => username).join(", ") || "nobody"}.`);
  },
});
