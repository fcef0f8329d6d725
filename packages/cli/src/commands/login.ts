import { endpoints, type Client } from "@hearth/sdk";
import { z } from "zod";
import { defineCommand } from "#command/define.ts";
import { clientFor } from "#means/client.ts";
import { UsageError } from "#means/failure.ts";
import type { Means } from "#means/means.ts";
import { normalizeUrl } from "#means/session.ts";

/** Where a server started on this machine without further ado listens. */
const defaultUrl = "http://127.0.0.1:7080";

export const login = defineCommand({
  summary: "Log in to a server",
  description:
    "Log in to a server, and keep address and session for the commands to come. The owner of a fresh server has the password that its first start showed, and keeps in owner-password in its data directory.",
  args: {
    url: z
      .string()
      .optional()
      .meta({ description: `address of the server; without it HEARTH_URL, or ${defaultUrl}` }),
  },
  options: {
    email: z.string().optional().meta({ description: "log in with this e-mail address" }),
    password: z.string().optional().meta({ description: "and this password" }),
    useTokenAsSession: z
      .boolean()
      .default(false)
      .meta({ description: "keep what --token gives, rather than a session made with it" }),
    // Names of the reference for the owner's account: here a server has its owner, whom they log in.
    firstUserEmail: z.string().optional().meta({ hidden: true, description: "the same as --email" }),
    firstUserPassword: z.string().optional().meta({ hidden: true, description: "the same as --password" }),
    firstUserUsername: z.string().optional().meta({ hidden: true, description: "accepted and of no effect" }),
    firstUserFullName: z.string().optional().meta({ hidden: true, description: "accepted and of no effect" }),
    firstUserTrial: z.boolean().default(false).meta({ hidden: true, description: "accepted and of no effect" }),
  },
  examples: [
    { what: "A server on this machine", line: "hearth login" },
    { what: "In a script", line: "hearth login https://hearth.example.com --token $TOKEN" },
  ],
  async run(input, means) {
    const { session, out, signal } = means;
    const url = input.url === undefined ? (session.url ?? defaultUrl) : normalizeUrl(input.url);
    const client = clientFor(url, undefined, signal);
    const { useTokenAsSession } = input;
    const email = input.email ?? input.firstUserEmail;
    const password = input.password ?? input.firstUserPassword;
    const token = await logIn(client, { email, password, useTokenAsSession }, means);
    const user = await clientFor(url, token, signal).call(endpoints.users.getUser, { params: { user: "me" } });
    await session.save({ url, token });
    out.note(`You are logged in to ${url} as ${user.username}.`);
  },
});

function checkEmail(value: string): string | undefined {
  return /^\S+@\S+$/.test(value) ? undefined : "An e-mail address, like ada@example.com.";
}

interface LoginFlags {
  readonly email: string | undefined;
  readonly password: string | undefined;
  readonly useTokenAsSession: boolean;
}

/** A session token for the user, by whichever way was asked for. */
async function logIn(client: Client, flags: LoginFlags, means: Means): Promise<string> {
  const { session, prompt, signal } = means;
  const given = session.givenToken;
  if (given !== undefined) return await exchange(clientFor(client.url, given, signal), flags.useTokenAsSession, given);
  if (flags.email === undefined && prompt.canAsk) {
    const methods = await client.call(endpoints.auth.getAuthMethods, {});
    if (!methods.password.enabled || methods.oidc.enabled || methods.github.enabled) {
      const pasted = await choosePaste(client, methods.password.enabled, prompt);
      if (pasted !== undefined) return await exchange(clientFor(client.url, pasted, signal), true, pasted);
    }
  }
  if (flags.email === undefined && !prompt.canAsk)
    throw new UsageError("--token, or --email and --password, are needed to log in");
  const email =
    flags.email ?? (await prompt.text({ message: "E-mail address", flag: "--email", validate: checkEmail }));
  const password = flags.password ?? (await prompt.password({ message: "Password", flag: "--password" }));
  return (await client.call(endpoints.auth.login, { body: { email, password } })).session_token;
}

async function choosePaste(client: Client, hasPassword: boolean, prompt: Means["prompt"]): Promise<string | undefined> {
  const choices = [
    { value: "browser", label: "in the browser" },
    ...(hasPassword ? [{ value: "password", label: "with a password" }] : []),
  ];
  const way = await prompt.select({ message: "How do you log in?", flag: "--token", choices, initial: "browser" });
  if (way === "password") return undefined;
  return await prompt.password({ message: `Open ${client.url}/cli-auth and paste the token here`, flag: "--token" });
}

/** A session made with a token, so that logging out leaves the token alone; or the token itself. */
async function exchange(client: Client, keep: boolean, token: string): Promise<string> {
  if (keep) return token;
  return (await client.call(endpoints.tokens.createSessionKey, { params: { user: "me" } })).key;
}
