import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { Command } from "#command/define.ts";
import { globalOptions } from "#command/global-options.ts";
import { renderManual } from "#command/manual.ts";
import { describe as describeSchema, flagOf } from "#command/option.ts";
import { allOf, isLeaf, listCommands, walk } from "#command/tree.ts";
import { CliHome } from "#testing/captured-run.ts";
import { tree } from "./tree.ts";

const commands = allOf(tree);

async function allCommands(): Promise<{ name: string; command: Command }[]> {
  const nodes = [...walk(commands)];
  const leaves = nodes.flatMap(({ path, node }) => (isLeaf(node) ? [{ name: path.join(" "), load: node.load }] : []));
  return await Promise.all(leaves.map(async ({ name, load }) => ({ name, command: await load() })));
}

test("no two commands of a group share a name", () => {
  const groups = [commands, ...[...walk(commands)].flatMap(({ node }) => (isLeaf(node) ? [] : [node.commands]))];
  for (const group of groups) {
    const names = listCommands(group).flatMap(({ name, aliases }) => [name, ...aliases]);
    expect(names).toEqual([...new Set(names)]);
  }
});

describe("every command", async () => {
  test.for(await allCommands())("$name", ({ command }) => {
    const options = Object.entries({ ...command.options, ...globalOptions });
    const flags = options.flatMap(([name, schema]) => [flagOf(name), describeSchema(name, schema).short ?? []].flat());

    expect(flags, "each option has its own name and letter").toEqual([...new Set(flags)]);
    expect(command.summary, "a summary is a phrase").toMatch(/^[A-Z].*[^.]$/);
    for (const [name, schema] of options) {
      const { description } = describeSchema(name, schema);
      expect(description, `--${name} is described`).not.toBe("");
    }
    const args = Object.entries(command.args ?? {}).map(([name, schema]) => describeSchema(name, schema));
    const required = args.map((argument) => argument.required);
    expect(required, "optional arguments come last").toEqual(required.toSorted((a, b) => Number(b) - Number(a)));
    expect(
      args.slice(0, -1).some((argument) => argument.kind === "list"),
      "only the last may be a list",
    ).toBe(false);
  });
});

test("the manual says what the commands say", async () => {
  await expect(await renderManual(tree)).toMatchFileSnapshot("../../../docs/cli.md");
});

test("without a command the help is printed", async () => {
  await using home = await CliHome.create();

  const { status, stdout, stderr } = await home.run([]);

  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toMatchInlineSnapshot(`
    "Usage: hearth [options] [command]

    Development workspaces that are there when you ask.

    Options:
      -V, --version          print the version
      -h, --help             show this help

    Global options:
      --url <url>            address of the server (HEARTH_URL)
      --token <token>        session token to use (HEARTH_SESSION_TOKEN)
      --global-config <dir>  directory of the files url and session
                             (HEARTH_CONFIG_DIR)

    Workspaces:
      create                 Create a workspace and wait until it is ready
      run                    Make a workspace, run a command in it, and take it away
      exec                   Run a command in a workspace, without SSH
      ssh                    Open a shell in a workspace, or run a command there
      cp                     Copy files and directories to and from a workspace
      list                   List workspaces
      show                   Show a workspace, its resources, agents and apps
      start                  Start a workspace and wait until it is ready
      stop                   Stop a workspace and wait until it has stopped
      restart                Stop a workspace and start it again
      update                 Start a workspace with the active version of its
                             template
      delete                 Delete a workspace and all that is in it
      logs                   Print the log of a build and of its agents' scripts
      port-forward           Connect ports here to ports in a workspace, until
                             Ctrl-C
      config-ssh             Let ssh, scp, rsync, git and editors reach your
                             workspaces as hearth.<name>
      schedule               Let workspaces start and stop by themselves
      sharing                Let others into a workspace
      rename                 Give a workspace another name
      favorite               Put a workspace at the top of your list
      unfavorite             Take a workspace from the top of your list
      autoupdate             Say whether a workspace starts with its template's
                             active version

    Templates:
      templates              Say what workspaces are made of

    Account:
      login                  Log in to a server
      logout                 Log out and forget the session
      whoami                 Say who is logged in, and where
      tokens                 Tokens for scripts and other programs
      secret                 What your workspaces are given in confidence
      quota                  Show what your workspaces cost a day, and may cost
      publickey              Print the public key that your workspaces use with git

    Administration:
      users                  Who may log in
      groups                 Who is given something together
      organizations          Who works together
      provisioner            What runs builds
      prebuilds              Pools of warm workspaces
      outbox                 What could not be delivered, such as audit records

    Programs:
      server                 Run the control plane
      agent                  Run the agent of a workspace, inside it
      version                Print the version of this program, and of the server
    "
  `);
});

test.for([
  { words: ["list"], status: 1, stderr: "error: You are not logged in.\nLog in with: hearth login <url>\n" },
  {
    words: ["list", "--url", "http://127.0.0.1:1"],
    status: 1,
    stderr: "error: You are not logged in to http://127.0.0.1:1.\nLog in with: hearth login http://127.0.0.1:1\n",
  },
  {
    words: ["whoami", "--url", "http://127.0.0.1:1", "--token", "x"],
    status: 1,
    stderr: "error: Hearth at http://127.0.0.1:1 cannot be reached: check the address and that it runs.\n",
  },
  { words: ["stpo"], status: 2, stderr: "error: unknown command 'stpo'\n(Did you mean stop?)\nSee: hearth --help\n" },
  {
    words: ["list", "--url", "a b"],
    status: 2,
    stderr: 'error: "a b" is no address of a server, like https://hearth.example.com\n',
  },
  {
    words: ["port-forward", "dev", "--udp", "53"],
    status: 2,
    stderr: "error: --udp is not supported: ports are reached over TCP; use --tcp\n",
    env: { HEARTH_URL: "http://127.0.0.1:1", HEARTH_SESSION_TOKEN: "x" },
  },
  { words: ["logout"], status: 0, stderr: "You are not logged in.\n" },
])("$words without a server", async ({ words, status, stderr, env }) => {
  await using home = await CliHome.create();

  await expect(home.run(words, env === undefined ? {} : { env })).resolves.toEqual({ status, stdout: "", stderr });
});

test("a bug leaves an id and what is known of it, without the words of the command", async () => {
  await using home = await CliHome.create();
  const broken = {
    Broken: {
      break: { load: () => Promise.resolve({ summary: "Break", run: () => Promise.reject(new TypeError("oh no")) }) },
    },
  };

  const { status, stdout, stderr } = await home.run(["break", "--token", "secret"], { commands: broken });

  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  const [, id, file] =
    /^error: This is a bug in hearth \(id (\w+)\)\.\nWhat happened is in (\S+)\n$/.exec(stderr) ?? [];
  expect(file).toBe(`${home.configDirectory}/errors/${id}.log`);
  const report = await readFile(file ?? "", "utf8");
  expect(report).toContain("TypeError: oh no");
  expect(report).toContain("hearth break");
  expect(report).not.toContain("secret");
});
