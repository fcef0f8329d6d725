import { ApiError } from "@hearth/sdk";
import { z } from "zod";
import { stripHostForm } from "#api/workspace-name.ts";
import { defineCommand } from "#command/define.ts";
import type { CommandTerms } from "#exec/run-command.ts";
import { Failure, UsageError } from "#means/failure.ts";
import type { Means } from "#means/means.ts";
import { parseAssignments } from "#parameters/assignments.ts";
import { dialAgent, sshPort } from "#ssh/dial.ts";
import { parseForward, type Forward } from "#ssh/forwards.ts";
import { reachAgent, type WaitFor } from "#ssh/reach-agent.ts";
import { reportUsage } from "#ssh/usage.ts";

export const ssh = defineCommand({
  summary: "Open a shell in a workspace, or run a command there",
  description:
    "Open a shell in a workspace, or run a command there; its exit status becomes ours. A stopped workspace is started first. Type ~. on a new line to leave a shell that hangs.",
  args: {
    workspace: z.string().meta({ description: "dev, dev.agent, ada/dev, or an id" }),
    command: z.array(z.string()).default([]).meta({ description: "what to run, after --" }),
  },
  options: {
    wait: z
      .enum(["yes", "no", "auto"])
      .default("auto")
      .meta({ value: "when", description: "wait for start-up scripts; auto does where the template says so" }),
    noWait: z.boolean().default(false).meta({ description: "the same as --wait no" }),
    disableAutostart: z.boolean().default(false).meta({ description: "fail when the workspace is stopped" }),
    tty: z.boolean().default(false).meta({ short: "t", description: "give the command a terminal" }),
    env: z
      .array(z.string())
      .default([])
      .meta({ short: "e", value: "name=value", description: "environment variable to set inside" }),
    forwardAgent: z.boolean().default(false).meta({ short: "A", description: "let your SSH agent be used inside" }),
    identityAgent: z
      .string()
      .optional()
      .meta({ value: "socket", description: "the SSH agent to use, instead of SSH_AUTH_SOCK" }),
    localForward: z
      .array(z.string())
      .default([])
      .meta({ short: "L", value: "[bind:]port:host:port", description: "connect a port here to an address there" }),
    remoteForward: z
      .array(z.string())
      .default([])
      .meta({ short: "R", value: "[bind:]port:host:port", description: "connect a port there to an address here" }),
    stdio: z
      .boolean()
      .default(false)
      .meta({ description: "be the ProxyCommand of ssh: SSH over standard input and output" }),
    sshHostPrefix: z.string().default("").meta({ value: "prefix", description: "taken off the workspace's name" }),
    hostnameSuffix: z.string().default("").meta({ value: "suffix", description: "taken off the workspace's name" }),
    usageApp: z
      .enum(["ssh", "vscode", "jetbrains"])
      .default("ssh")
      .meta({ value: "app", description: "what connects, for the workspace's statistics" }),
  },
  examples: [
    { what: "A shell", line: "hearth ssh dev" },
    { what: "A command", line: "hearth ssh dev -- make test" },
    { what: "Port 8080 of the workspace here", line: "hearth ssh dev -L 8080:localhost:8080" },
  ],
  async run(input, means) {
    const forwards = {
      local: parseForwards("-L", input.localForward),
      remote: parseForwards("-R", input.remoteForward),
    };
    const variables = Object.fromEntries(parseAssignments("--env", input.env));
    const agentSocket = input.forwardAgent ? findAgentSocket(input.identityAgent, means) : undefined;
    const reference = stripHostForm(input.workspace, { prefix: input.sshHostPrefix, suffix: input.hostnameSuffix });
    const wait: WaitFor = input.noWait ? "no" : input.wait;
    const reached = await reachAgent({ reference, wait, autostart: !input.disableAutostart }, means);

    const { client, terminal, env, signal, out } = means;
    const over = new AbortController();
    await using cleanup = new AsyncDisposableStack();
    const usage = reportUsage(reached, input.usageApp, means, over.signal);
    try {
      if (isPlain(input)) {
        const request = { shell: input.command.join(" "), env: variables, ...(wait === "no" ? noWait : {}) };
        const status = await tryExec(reached.agent.id, { request, hasTerminal: input.tty }, means);
        if (status !== undefined) return status;
      }
      const stream = cleanup.adopt(
        await dialAgent(client, reached.agent.id, sshPort, signal),
        (it) => void it.destroy(),
      );
      if (input.stdio) {
        const { joinStdio } = await import("#ssh/stdio.ts");
        await joinStdio(stream, terminal, signal);
        return 0;
      }
      // Read only when it is needed: `--stdio`, which is started for every connection of ssh, does without.
      const [{ connectSsh }, { runSession }] = await Promise.all([import("#ssh/client.ts"), import("#ssh/session.ts")]);
      const connection = await connectSsh(stream, { agentSocket });
      cleanup.defer(() => void connection.end());
      if (forwards.local.length + forwards.remote.length > 0) {
        const { forwardLocal, forwardRemote } = await import("#ssh/open-forwards.ts");
        for (const forward of forwards.local) cleanup.use(await forwardLocal(connection, forward, out));
        await forwardRemote(connection, forwards.remote, out);
      }
      const command = input.command.length === 0 ? undefined : input.command.join(" ");
      const hasTerminal = input.tty || (command === undefined && terminal.isInput);
      return await runSession(connection, { command, hasTerminal, variables }, { terminal, env, signal });
    } finally {
      over.abort();
      await usage;
    }
  },
});

const noWait = { wait: "none" } as const;

/** Whether nothing of SSH is asked for: the same command then runs without, which takes a fraction of the time. */
function isPlain(input: {
  readonly command: readonly string[];
  readonly stdio: boolean;
  readonly forwardAgent: boolean;
  readonly localForward: readonly string[];
  readonly remoteForward: readonly string[];
}): boolean {
  const forwards = input.localForward.length + input.remoteForward.length;
  return input.command.length > 0 && !input.stdio && !input.forwardAgent && forwards === 0;
}

/** The command's exit status; undefined where the agent runs none without SSH. Throws as {@link runCommand}. */
async function tryExec(agentId: string, terms: CommandTerms, means: Means): Promise<number | undefined> {
  const [{ openConnection }, { runCommand }] = await Promise.all([
    import("#exec/open-connection.ts"),
    import("#exec/run-command.ts"),
  ]);
  try {
    using connection = await openConnection(means.client, agentId, means.signal);
    return await runCommand(connection, terms, means);
  } catch (error) {
    if (error instanceof ApiError && error.code === "exec_unsupported") return undefined;
    throw error;
  }
}

function parseForwards(flag: string, texts: readonly string[]): Forward[] {
  return texts.map((text) => {
    const forward = parseForward(text);
    if (forward === undefined) throw new UsageError(`${flag} takes [bind:]port:host:port, not "${text}"`);
    return forward;
  });
}

function findAgentSocket(given: string | undefined, { env }: Means): string {
  const socket = given ?? env["SSH_AUTH_SOCK"];
  if (socket === undefined || socket === "") {
    throw new Failure("There is no SSH agent to forward: SSH_AUTH_SOCK is not set.", {
      hint: "Start one with: eval $(ssh-agent)",
    });
  }
  return socket;
}
