import { describe, expect, test } from "vitest";
import { z } from "zod";
import { UsageError } from "#means/failure.ts";
import { createStyle } from "#means/style.ts";
import { yes } from "./common-options.ts";
import { defineCommand } from "./define.ts";
import { parseCommandLine } from "./invocation.ts";
import type { Sections } from "./tree.ts";

const build = defineCommand({
  summary: "Build a thing",
  args: { thing: z.string(), words: z.array(z.string()).default([]) },
  options: {
    name: z.string().optional().meta({ short: "n" }),
    kind: z.enum(["big", "small"]).default("small"),
    list: z.array(z.string()).default([]).meta({ short: "l" }),
    wait: z.enum(["yes", "no"]).default("yes"),
    noWait: z.boolean().default(false),
    activate: z.boolean().default(true),
    maybe: z.boolean().optional(),
    version: z.string().optional(),
    yes,
  },
  examples: [{ what: "A small one", line: "hearth build it" }],
  run: () => Promise.resolve(),
});

const loaded: string[] = [];
const sections: Sections = {
  Things: {
    "build|make": { load: () => Promise.resolve(build) },
    "groups|group": {
      summary: "Groups of things",
      commands: {
        "list|ls": {
          load: () => {
            loaded.push("list");
            return Promise.resolve(defineCommand({ summary: "List groups", run: () => Promise.resolve() }));
          },
        },
      },
    },
  },
};
const look = { columns: 80, style: createStyle(false) };

async function inputOf(...words: string[]): Promise<Record<string, unknown>> {
  const invocation = await parseCommandLine(sections, words, look);
  if (invocation.kind === "print") throw new Error(`printed: ${invocation.text}`);
  return invocation.input;
}

const defaults = {
  thing: "it",
  words: [],
  kind: "small",
  list: [],
  wait: "yes",
  noWait: false,
  activate: true,
  yes: false,
};

describe("what is given", () => {
  test.for([
    [["build", "it"], {}],
    [["make", "it"], {}],
    [["build", "-n", "x", "it"], { name: "x" }],
    [["build", "it", "--name=x"], { name: "x" }],
    [["build", "it", "--kind", "big", "-y"], { kind: "big", yes: true }],
    [["build", "it", "-l", "a", "--list", "b"], { list: ["a", "b"] }],
    [["build", "it", "--no-wait"], { noWait: true }],
    [["build", "it", "--wait", "no"], { wait: "no" }],
    [["build", "it", "--no-activate"], { activate: false }],
    [["build", "it", "--activate=false"], { activate: false }],
    [["build", "it", "--activate=true"], {}],
    [["build", "it", "--yes=false"], {}],
    [["build", "it", "--maybe"], { maybe: true }],
    [["build", "it", "--maybe=false"], { maybe: false }],
    [["build", "it", "--name=true"], { name: "true" }],
    [["build", "it", "--version", "v2"], { version: "v2" }],
    [["build", "it", "--", "--yes=false", "-x"], { words: ["--yes=false", "-x"] }],
    [["--url", "http://x", "build", "it"], {}],
  ] as const)("%j", async ([words, more]) => {
    await expect(inputOf(...words)).resolves.toEqual({ ...defaults, ...more });
  });
});

test("options of every command stand before or behind the command", async () => {
  const before = await parseCommandLine(sections, ["--url", "http://a", "--token=t", "build", "it"], look);
  const behind = await parseCommandLine(sections, ["--url", "http://a", "build", "it", "--url", "http://b"], look);

  expect(before).toMatchObject({ name: "hearth build", globals: { url: "http://a", token: "t" } });
  expect(behind).toMatchObject({ globals: { url: "http://b" } });
});

describe("wrong usage", () => {
  test.for([
    [["bild"], "unknown command 'bild'\n(Did you mean build?)", "See: hearth --help"],
    [["groups", "lisst"], "unknown command 'lisst'\n(Did you mean list?)", "See: hearth groups --help"],
    [["build"], "missing required argument 'thing'", "See: hearth build --help"],
    [["build", "it", "--nme", "x"], "unknown option '--nme'\n(Did you mean --name?)", "See: hearth build --help"],
    [["build", "it", "--name"], "option '-n, --name <name>' argument missing", "See: hearth build --help"],
    [["build", "it", "--kind", "huge"], '--kind: "huge" is none of big, small', "See: hearth build --help"],
    [
      ["groups", "list", "more"],
      "too many arguments for 'list'. Expected 0 arguments but got 1: more.",
      "See: hearth groups list --help",
    ],
    [["--bogus"], "unknown option '--bogus'", "See: hearth --help"],
  ] as const)("%j", async ([words, message, hint]) => {
    const error: unknown = await parseCommandLine(sections, words, look).catch((caught: unknown) => caught);

    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ message, hint });
  });
});

describe("help", () => {
  async function printedBy(...words: string[]): Promise<string> {
    const invocation = await parseCommandLine(sections, words, look);
    return invocation.kind === "print" ? invocation.text : "nothing";
  }

  test("of a command", async () => {
    expect(await printedBy("build", "--help")).toMatchInlineSnapshot(`
      "Usage: hearth build|make [options] <thing> [words...]

      Build a thing.

      Options:
        -n, --name <name>
        --kind <kind>           (big, small; default: small)
        -l, --list <list>       (may be repeated)
        --wait <wait>           (yes, no; default: yes)
        --no-wait
        --activate              (on; --no-activate turns it off)
        --maybe                 (--no-maybe for the opposite)
        --version <version>
        -y, --yes              ask nothing and take the defaults
        -h, --help             show this help

      Global options:
        --url <url>            address of the server (HEARTH_URL)
        --token <token>        session token to use (HEARTH_SESSION_TOKEN)
        --global-config <dir>  directory of the files url and session
                               (HEARTH_CONFIG_DIR)

      Examples:
        # A small one
        hearth build it
      "
    `);
    expect(await printedBy("help", "build")).toBe(await printedBy("build", "--help"));
  });

  test("of a group", async () => {
    expect(await printedBy("groups")).toMatchInlineSnapshot(`
      "Usage: hearth groups|group [options] [command]

      Groups of things.

      Options:
        -h, --help  show this help

      Commands:
        list        List groups
      "
    `);
    expect(await printedBy("groups", "-h")).toBe(await printedBy("groups"));
  });

  test("of everything", async () => {
    expect(await printedBy()).toMatchInlineSnapshot(`
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

      Things:
        build                  Build a thing
        groups                 Groups of things
      "
    `);
    expect(await printedBy("--help")).toBe(await printedBy());
  });

  test("the version", async () => {
    expect(await printedBy("--version")).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

test("only the command that is meant is read", async () => {
  loaded.length = 0;

  await inputOf("build", "it");
  expect(loaded).toEqual([]);

  await parseCommandLine(sections, ["group", "ls"], look);
  expect(loaded).toEqual(["list"]);
});
