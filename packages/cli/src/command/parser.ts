import { Command as Parser, CommanderError } from "commander";
import { UsageError } from "#means/failure.ts";
import { version } from "#version.ts";
import type { Command } from "./define.ts";
import { globalOptions } from "./global-options.ts";
import { helpLayout, type HelpLook } from "./help-layout.ts";
import { toArgument, toOptions } from "./option.ts";
import { isLeaf, listCommands, type Commands, type Named, type Sections } from "./tree.ts";

// Makes a parser of the parts of the tree that a command line touches.

/** The parser of `hearth` itself, without any command yet. */
export function newRoot(look: HelpLook): Parser {
  const root = newParser("hearth", [], look)
    .version(version, "-V, --version", "print the version")
    .enablePositionalOptions();
  root.description("Development workspaces that are there when you ask.");
  addGlobalOptions(root);
  return root;
}

/** Puts one command below the root, in its groups. Gives its own parser. */
export function addLeaf(root: Parser, path: readonly Named[], command: Command, look: HelpLook): Parser {
  let parser = root;
  for (const { name, aliases } of path) {
    const child = newParser(name, aliases, look).enablePositionalOptions();
    parser.addCommand(child);
    parser = child;
  }
  describeLeaf(parser, command);
  return parser;
}

/** Puts below the root what the help of the innermost group of the path shows. */
export async function addGroup(
  root: Parser,
  sections: Sections,
  path: readonly Named[],
  look: HelpLook,
): Promise<void> {
  if (path.length === 0) {
    for (const [heading, commands] of Object.entries(sections)) await addStubs(root, commands, look, `${heading}:`);
    return;
  }
  let parent = root;
  for (const { name, aliases, node } of path) {
    if (isLeaf(node)) return;
    const parser = newParser(name, aliases, look).description(`${node.summary}.`);
    parent.addCommand(parser);
    parent = parser;
  }
  const innermost = path.at(-1)?.node;
  if (innermost !== undefined && !isLeaf(innermost)) await addStubs(parent, innermost.commands, look, "Commands:");
}

/** The help of one command: the manual is made of it. */
export function helpOf(path: readonly string[], aliases: readonly string[], command: Command, look: HelpLook): string {
  const leaf = newParser(["hearth", ...path].join(" "), aliases, look);
  describeLeaf(leaf, command);
  return captureOutput(leaf, () => leaf.outputHelp());
}

/**
 * Lets the parser go through the words, calling the action of the command that they name. Gives what it wanted to print:
 * help or version.
 * @throws UsageError for words that make no sense.
 */
export function runParser(root: Parser, words: readonly string[], name: string): string {
  return captureOutput(root, () => {
    try {
      root.parse([...words], { from: "user" });
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      if (error.exitCode !== 0)
        throw new UsageError(error.message.replace(/^error: /, ""), { hint: `See: ${name} --help` });
    }
  });
}

function captureOutput(parser: Parser, run: () => void): string {
  let text = "";
  const ignore = () => undefined;
  eachParser(parser, (each) =>
    each.configureOutput({
      writeOut: (part) => {
        text += part;
      },
      writeErr: ignore,
      outputError: ignore,
    }),
  );
  run();
  return text;
}

function eachParser(parser: Parser, visit: (parser: Parser) => void): void {
  visit(parser);
  for (const child of parser.commands) eachParser(child, visit);
}

function newParser(name: string, aliases: readonly string[], look: HelpLook): Parser {
  const parser = new Parser(name)
    .exitOverride()
    .helpOption("-h, --help", "show this help")
    .helpCommand(false)
    .configureHelp(helpLayout(look))
    .configureOutput({ getOutHelpWidth: () => look.columns, getOutHasColors: () => true });
  for (const alias of aliases) parser.alias(alias);
  return parser;
}

function describeLeaf(leaf: Parser, command: Command): void {
  leaf.description(command.description ?? `${command.summary}.`);
  for (const [name, schema] of Object.entries(command.args ?? {})) leaf.addArgument(toArgument(name, schema));
  for (const [name, schema] of Object.entries(command.options ?? {})) {
    for (const option of toOptions(name, schema)) leaf.addOption(option);
  }
  addGlobalOptions(leaf);
  const examples = command.examples ?? [];
  if (examples.length === 0) return;
  const lines = examples.map(({ what, line }) => `  # ${what}\n  ${line}`);
  leaf.addHelpText("after", `\nExamples:\n${lines.join("\n\n")}`);
}

function addGlobalOptions(parser: Parser): void {
  parser.optionsGroup("Global options:");
  for (const [name, schema] of Object.entries(globalOptions)) {
    for (const option of toOptions(name, schema)) parser.addOption(option);
  }
}

/** Commands by name and summary alone. */
async function addStubs(parent: Parser, commands: Commands, look: HelpLook, heading: string): Promise<void> {
  for (const { name, aliases, node } of listCommands(commands)) {
    const summary = isLeaf(node) ? (await node.load()).summary : node.summary;
    parent.addCommand(newParser(name, aliases, look).summary(summary).description(summary).helpGroup(heading));
  }
}
