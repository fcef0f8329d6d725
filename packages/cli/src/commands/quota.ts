import { endpoints } from "@hearth/sdk";
import { z } from "zod";
import { resolveOrganization } from "#api/organizations.ts";
import { organization, textOutput } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";

export const quota = defineCommand({
  summary: "Show what your workspaces cost a day, and may cost",
  args: { user: z.string().default("me").meta({ description: "name or id of somebody else" }) },
  options: { organization, output: textOutput },
  async run(input, { client, out }) {
    const { id } = await resolveOrganization(client, input.organization);
    const params = { organization: id, user: input.user };
    const { credits_consumed, budget } = await client.call(endpoints.quotas.getMemberQuota, { params });
    if (input.output === "json") out.json({ credits_consumed, budget });
    else
      out.line(`${credits_consumed} credits a day are in use${budget < 0 ? "; there is no limit." : ` of ${budget}.`}`);
  },
});
