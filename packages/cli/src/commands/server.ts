import { options as serverOptions, type Option } from "@hearth/server/options";
import type { FirstLogIn } from "@hearth/server";
import { endpoints } from "@hearth/sdk";
import { z } from "zod";
import { defineCommand, type Shape } from "#command/define.ts";
import { shortestCall } from "#means/call.ts";
import { clientFor } from "#means/client.ts";
import type { Out, Status } from "#means/out.ts";
import type { Session } from "#means/session.ts";

/** An option of the server's own table as one of the command's; its value stays text, which the server reads. */
function toSchema({ kind, docs, env, fallback }: Option): z.ZodType {
  const standard = fallback === undefined || fallback === "false" ? "" : `, default ${fallback}`;
  const description = `${docs} (${env}${standard})`;
  if (kind === "boolean") return z.boolean().default(false).meta({ description });
  return z.string().optional().meta({ value: kind, description });
}

const shape: Shape = {
  ...Object.fromEntries(serverOptions.map((option) => [nameOf(option), toSchema(option)])),
  logIn: z.boolean().default(false).meta({
    description: "a first start logs this user's command line in as the owner, where nobody has logged in yet",
  }),
};

/** `--pg-max-connections` is the command's option `pgMaxConnections`. */
function nameOf({ flag }: Option): string {
  return flag.replace(/^--/, "").replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

export const server = defineCommand({
  summary: "Run the control plane",
  description:
    "Run the control plane until Ctrl-C. Without options it listens on this machine alone and brings its own database; the first start makes an owner and a starter template.",
  options: shape,
  isDaemon: true,
  examples: [
    { what: "On this machine", line: "hearth server" },
    { what: "For a team", line: "hearth server --http-address 0.0.0.0:7080 --access-url https://hearth.example.com" },
  ],
  async run(input, { env, signal, out, session, launcher }) {
    // Read only when it is needed: it is the whole control plane.
    const { runServer } = await import("@hearth/server");
    const given = serverOptions.map((option): [string, string | undefined] => [
      option.name,
      textOf(input[nameOf(option)]),
    ]);
    using terminal = new ServerTerminal(out);
    return await runServer({
      env,
      flags: Object.fromEntries(given),
      terminal,
      signal,
      hearth: shortestCall(launcher, env),
      ...(input["logIn"] === true && session.isFresh && { logIn: (account) => logInAsOwner(account, session, signal) }),
    });
  },
});

/** Keeps a session of the owner of a server that has just been made, as `hearth login` would. */
async function logInAsOwner({ url, accessUrl, email, password }: FirstLogIn, session: Session, signal: AbortSignal) {
  const { session_token: token } = await clientFor(url, undefined, signal).call(endpoints.auth.login, {
    body: { email, password },
  });
  await session.save({ url: accessUrl, token });
}

/** A flag that was not given leaves the word to the environment. */
function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return value === true ? "true" : undefined;
}

/** The server's lines on ours: what stays, and what is shown while it is waited for. */
class ServerTerminal implements Disposable {
  readonly #out: Out;
  #status: Status | undefined;

  constructor(out: Out) {
    this.#out = out;
  }

  line(text: string): void {
    this.#out.line(text);
  }

  status(text: string): void {
    if (text === "") this[Symbol.dispose]();
    else if (this.#status === undefined) this.#status = this.#out.status(text.trim());
    else this.#status.update(text.trim());
  }

  [Symbol.dispose](): void {
    this.#status?.[Symbol.dispose]();
    this.#status = undefined;
  }
}
