import { endpoints } from "@hearth/sdk";
import { z } from "zod";
import { textOutput, yes } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";

const args = { user: z.string().meta({ description: "name or id" }) };
const options = { output: textOutput, yes };

export const suspendUser = defineCommand({
  summary: "Keep a user from logging in",
  args,
  options,
  async run(input, { client, out, prompt }) {
    const user = await client.call(endpoints.users.getUser, { params: { user: input.user } });
    if (!(await prompt.confirm({ message: `Suspend ${user.username} (${user.email})?`, initial: false }))) return 1;
    const changed = await client.call(endpoints.users.suspendUser, { params: { user: user.id } });
    if (input.output === "json") out.json(changed);
    else out.line(`User "${changed.username}" is suspended.`);
    return 0;
  },
});

export const activateUser = defineCommand({
  summary: "Let a suspended user log in again",
  args,
  options,
  async run(input, { client, out, prompt }) {
    const user = await client.call(endpoints.users.getUser, { params: { user: input.user } });
    if (!(await prompt.confirm({ message: `Activate ${user.username} (${user.email})?` }))) return 1;
    const changed = await client.call(endpoints.users.activateUser, { params: { user: user.id } });
    if (input.output === "json") out.json(changed);
    else out.line(`User "${changed.username}" is active.`);
    return 0;
  },
});

export const deleteUser = defineCommand({
  summary: "Delete a user who owns no workspaces",
  args,
  options: { yes },
  async run(input, { client, out, prompt }) {
    const user = await client.call(endpoints.users.getUser, { params: { user: input.user } });
    if (!(await prompt.confirm({ message: `Delete ${user.username} (${user.email})?`, initial: false }))) return 1;
    await client.call(endpoints.users.deleteUser, { params: { user: user.id } });
    out.note(`User "${user.username}" is deleted.`);
    return 0;
  },
});
