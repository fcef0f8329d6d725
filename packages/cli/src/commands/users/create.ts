import { randomBytes } from "node:crypto";
import { endpoints } from "@hearth/sdk";
import { z } from "zod";
import { resolveOrganization } from "#api/organizations.ts";
import { organization, textOutput, yes } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";

export const createUser = defineCommand({
  summary: "Create a user",
  options: {
    username: z
      .string()
      .optional()
      .meta({ short: "u", value: "name", description: "how they are called in commands and addresses" }),
    email: z.string().optional().meta({ short: "e", description: "how they log in" }),
    fullName: z.string().optional().meta({ short: "n", value: "name", description: "how people call them" }),
    password: z
      .string()
      .optional()
      .meta({ short: "p", description: "their first password; without it one is made up and shown" }),
    loginType: z
      .enum(["password", "github", "oidc", "none"])
      .default("password")
      .meta({ value: "type", description: "how they may log in" }),
    organization,
    output: textOutput,
    yes,
  },
  async run(input, { client, out, prompt }) {
    const { id } = await resolveOrganization(client, input.organization);
    const username = input.username ?? (await prompt.text({ message: "Username", flag: "--username" }));
    const email = input.email ?? (await prompt.text({ message: "E-mail address", flag: "--email" }));
    const needsPassword = input.loginType === "password";
    const password = input.password ?? (needsPassword ? randomBytes(15).toString("base64url") : undefined);
    const user = await client.call(endpoints.users.createUser, {
      body: {
        username,
        email,
        login_type: input.loginType,
        user_status: null,
        organization_ids: [id],
        ...(input.fullName === undefined ? {} : { name: input.fullName }),
        ...(password === undefined ? {} : { password }),
      },
    });
    if (input.output === "json") out.json(user);
    else out.line(`User "${user.username}" is created.`);
    if (needsPassword && input.password === undefined) {
      out.note(`Their password is ${password}`);
      out.note(out.noteStyle.dim(`They log in with: hearth login ${client.url}`));
    }
  },
});
