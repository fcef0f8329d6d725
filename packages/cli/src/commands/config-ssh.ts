import { mkdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { messageOf } from "@hearth/base";
import { ApiError, endpoints, type Client, type SSHConfigResponse } from "@hearth/sdk";
import { z } from "zod";
import type { HostForm } from "#api/workspace-name.ts";
import { yes } from "#command/common-options.ts";
import { defineCommand } from "#command/define.ts";
import { Failure } from "#means/failure.ts";
import { writeFileAtomically } from "#means/write-file.ts";
import { hostBlock } from "#ssh-config/host-block.ts";
import { rewriteSection } from "#ssh-config/section.ts";

export const configSsh = defineCommand({
  summary: "Let ssh, scp, rsync, git and editors reach your workspaces as hearth.<name>",
  options: {
    sshConfigFile: z
      .string()
      .optional()
      .meta({ value: "file", description: "file to write to; without it ~/.ssh/config" }),
    sshHostPrefix: z
      .string()
      .optional()
      .meta({ value: "prefix", description: 'before a workspace\'s name; without it "hearth."' }),
    hostnameSuffix: z
      .string()
      .optional()
      .meta({ value: "suffix", description: "behind a workspace's name, after a dot" }),
    sshOption: z
      .array(z.string())
      .default([])
      .meta({ short: "o", value: "option", description: "further line for the hosts, like ForwardAgent=yes" }),
    wait: z
      .enum(["yes", "no", "auto"])
      .default("auto")
      .meta({ value: "when", description: "wait for start-up scripts" }),
    disableAutostart: z.boolean().default(false).meta({ description: "do not start stopped workspaces" }),
    dryRun: z
      .boolean()
      .default(false)
      .meta({ short: "n", description: "print what the file would become, and write nothing" }),
    yes,
  },
  async run(input, { client, session, out, prompt, launcher, cwd, home }) {
    const settings = await readServerSettings(client);
    const form = chooseForm(settings, input);
    const extraOptions = [
      ...input.sshOption,
      ...Object.entries(settings.ssh_config_options).map(([name, value]) => `${name} ${value}`),
    ];
    for (const option of extraOptions) checkOption(option);
    const lines = hostBlock({
      form,
      launcher,
      configDirectory: session.directory,
      wait: input.wait,
      autostart: !input.disableAutostart,
      extraOptions,
    });

    const file =
      input.sshConfigFile === undefined ? path.join(home, ".ssh", "config") : expand(input.sshConfigFile, cwd, home);
    const before = await readIfThere(file);
    const rewritten = rewriteSection(before?.content ?? "", lines.map(toLatin1));
    if (!rewritten.ok)
      throw new Failure(`${file} is left as it is: ${rewritten.why}.`, {
        hint: "Remove what is left of them and try again.",
      });
    const host = `${form.prefix}${"<workspace>"}${form.prefix === "" ? `.${form.suffix}` : ""}`;
    if (input.dryRun) {
      await out.bytes(Buffer.from(rewritten.content, "latin1"));
      return 0;
    }
    if (rewritten.content === before?.content) {
      out.note(`${file} is up to date.`);
      return 0;
    }
    if (!(await prompt.confirm({ message: `Write ${lines.length} lines to ${file}?` }))) return 1;
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await writeFileAtomically(file, Buffer.from(rewritten.content, "latin1"), before?.mode ?? 0o600);
    out.note(`${file} is written. Connect with: ssh ${host}`);
    return 0;
  },
});

async function readServerSettings(client: Client): Promise<SSHConfigResponse> {
  try {
    return await client.call(endpoints.deployment.getSshConfig, {});
  } catch (error) {
    // A server without the route has nothing to add.
    if (error instanceof ApiError && error.status === 404)
      return { hostname_prefix: "", hostname_suffix: "", ssh_config_options: {} };
    throw error;
  }
}

/** The server's form only where an operator chose one: the contract's own would clash with another program's section. */
function chooseForm(
  settings: SSHConfigResponse,
  flags: { sshHostPrefix: string | undefined; hostnameSuffix: string | undefined },
): HostForm {
  const prefix =
    settings.hostname_prefix === "" || settings.hostname_prefix === "coder." ? "hearth." : settings.hostname_prefix;
  const suffix = settings.hostname_suffix === "coder" ? "" : settings.hostname_suffix;
  return { prefix: flags.sshHostPrefix ?? prefix, suffix: (flags.hostnameSuffix ?? suffix).replace(/^\./, "") };
}

/** Lines from elsewhere must stay one option each: a line feed could begin a block of its own. */
function checkOption(option: string): void {
  if (/^[A-Za-z]+(?:\s*=\s*|\s+)\S[^\r\n]*$/.test(option) && !/^(?:host|match|include)\b/i.test(option)) return;
  throw new Failure(`"${option}" is no single option of ssh, like ForwardAgent=yes.`);
}

async function readIfThere(file: string): Promise<{ content: string; mode: number } | undefined> {
  try {
    const [content, { mode }] = await Promise.all([readFile(file, "latin1"), stat(file)]);
    return { content, mode: mode & 0o777 };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new Failure(`${file} cannot be read.`, {
      cause: error,
      details: [messageOf(error)],
    });
  }
}

function expand(file: string, cwd: string, home: string): string {
  return path.resolve(cwd, file.startsWith("~/") ? path.join(home, file.slice(2)) : file);
}

/** Our lines as the bytes of UTF-8, one character each, like the rest of the file. */
function toLatin1(line: string): string {
  return Buffer.from(line, "utf8").toString("latin1");
}
