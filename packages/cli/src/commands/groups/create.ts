import { endpoints } from "@hearth/sdk";
import { z } from "zod";
import { resolveOrganization } from "#api/organizations.ts";
import { Count, organization, textOutput } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";

export const createGroup = defineCommand({
  summary: "Make a group",
  description: "Who is in a group has what is given to it: templates, shared workspaces, and its allowance of credits.",
  args: { name: z.string().meta({ description: "its name" }) },
  options: {
    displayName: z.string().optional().meta({ short: "d", value: "name", description: "how people call it" }),
    avatarUrl: z.string().optional().meta({ short: "u", value: "url", description: "its picture" }),
    quotaAllowance: Count.optional().meta({
      short: "q",
      value: "credits",
      description: "what each member may spend a day",
    }),
    organization,
    output: textOutput,
  },
  examples: [
    { what: "A group whose members may spend 10 credits a day", line: "hearth groups create ml --quota-allowance 10" },
  ],
  async run(input, { client, out }) {
    const { id } = await resolveOrganization(client, input.organization);
    const group = await client.call(endpoints.groups.createGroup, {
      params: { organization: id },
      body: {
        name: input.name,
        ...(input.displayName === undefined ? {} : { display_name: input.displayName }),
        ...(input.avatarUrl === undefined ? {} : { avatar_url: input.avatarUrl }),
        ...(input.quotaAllowance === undefined ? {} : { quota_allowance: input.quotaAllowance }),
      },
    });
    if (input.output === "json") out.json(group);
    else out.line(`Group "${group.name}" is made.`);
  },
});
