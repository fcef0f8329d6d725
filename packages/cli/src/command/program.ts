import { Command as Parser, CommanderError } from "commander";
import { z } from "zod";
import type { Style } from "#means/style.ts";
import { UsageError } from "#means/failure.ts";
import { version } from "#version.ts";
import type { Command, Shape } from "./define.ts";
import { globalOptions, type GlobalOptions } from "./global-options.ts";
import { flagOf, kebab, takesValue, toArgument, toOptions } from "./option.ts";
import { isLeaf, listCommands, selectCommand, walk, type Commands, type Named, type Sections } from "./tree.ts";

/** What a command line asks for. */
export type Invocation =
  | {
      readonly kind: "run";
      readonly path: string;
      readonly command: Command;
      readonly input: CommandInput;
      readonly globals: GlobalOptions;
    }
  /** Help or the version: to be printed, and nothing else done. */
  | { readonly kind: "print"; readonly text: string };

export type CommandInput = Readonly<Record<string, unknown>> & { readonly words: readonly string[] };

export interface HelpLook {
  readonly columns: number;
  readonly style: Style;
}

/**
 * Understands a command line. Reads only the file of the command that is meant; for help, those of its group.
 * @throws UsageError when it makes no sense; the message says what is wrong, the hint where to read on.
 */
export async function parseCommandLine(
  sections: Sections,
  words: readonly string[],
  look: HelpLook,
): Promise<Invocation> {
  const commands: Commands = Object.assign({}, ...Object.values(sections));
  const line = words[0] === "help" ? [...words.slice(1), "--help"] : words;
  const { path, consumed } = selectCommand(commands, line, (word) => takesValue(globalOptions, word));
  const chosen = path.at(-1);
  const name = ["hearth", ...path.map((named) => named.name)].join(" ");
  const root = newParser("hearth", look)
    .version(version, "-V, --version", "print the version")
    .enablePositionalOptions();
  addGlobalOptions(root);

  if (chosen === undefined || !isLeaf(chosen.node)) {
    await addGroup(root, sections, path, look);
    const isBare = chosen === undefined ? line.length === 0 : consumed === line.length;
    return printed(root, isBare ? [...line, "--help"] : line, name);
  }

  const command = await chosen.node.load();
  const leaf = newParser(chosen.name, look);
  describeLeaf(leaf, command);
  let parent = root;
  for (const group of path.slice(0, -1)) {
    const parser = newParser(group.name, look).enablePositionalOptions();
    for (const alias of group.aliases) parser.alias(alias);
    parent.addCommand(parser);
    parent = parser;
  }
  for (const alias of chosen.aliases) leaf.alias(alias);
  parent.addCommand(leaf);

  const before = line.slice(0, consumed);
  const after = line.slice(consumed);
  if (command.passesWordsOn) {
    const globals = parseShape(globalOptions, takeGlobals(root, before, name), name);
    return { kind: "run", path: name, command, input: { words: after }, globals };
  }
  let values: { operands: unknown[]; options: Record<string, unknown> } | undefined;
  leaf.action(() => {
    values = { operands: leaf.processedArgs, options: { ...root.opts(), ...withoutAbsent(leaf.opts()) } };
  });
  const text = parse(root, [...before, ...spellOutBooleans(after, command.options ?? {})], name);
  if (values === undefined) return { kind: "print", text };
  const names = Object.keys(command.args ?? {});
  const operands = Object.fromEntries(names.map((key, index) => [key, values?.operands[index]]));
  const input = parseShape(
    { ...command.args, ...command.options },
    { ...values.options, ...withoutAbsent(operands) },
    name,
    names,
  );
  const globals = parseShape(globalOptions, values.options, name);
  return { kind: "run", path: name, command, input: { ...input, words: [] }, globals };
}

/** The help of a command as text, 80 columns wide and plain: the manual is made of it. */
export function helpOf(path: readonly string[], aliases: readonly string[], command: Command, look: HelpLook): string {
  const leaf = newParser(path.join(" "), look);
  for (const alias of aliases) leaf.alias(alias);
  describeLeaf(leaf, command);
  return leaf.helpInformation();
}

function newParser(name: string, look: HelpLook): Parser {
  return new Parser(name)
    .exitOverride()
    .helpOption("-h, --help", "show this help")
    .helpCommand(false)
    .configureHelp({
      styleTitle: (title) => look.style.bold(title),
      subcommandTerm: (command) => command.name(),
      styleCommandText: (text) => look.style.cyan(text),
      sortSubcommands: false,
    })
    .configureOutput({
      getOutHelpWidth: () => look.columns,
      getOutHasColors: () => true,
      getErrHelpWidth: () => look.columns,
    });
}

function describeLeaf(leaf: Parser, command: Command): void {
  leaf.summary(command.summary);
  leaf.description(command.description ?? `${command.summary}.`);
  if (command.passesWordsOn) return;
  for (const [name, schema] of Object.entries(command.args ?? {})) leaf.addArgument(toArgument(name, schema));
  for (const [name, schema] of Object.entries(command.options ?? {})) {
    for (const option of toOptions(name, schema)) leaf.addOption(option);
  }
  addGlobalOptions(leaf);
  const examples = command.examples ?? [];
  if (examples.length > 0) {
    const lines = examples.map(({ what, line }) => `  # ${what}\n  ${line}`);
    leaf.addHelpText("after", `\nExamples:\n${lines.join("\n\n")}`);
  }
}

function addGlobalOptions(parser: Parser): void {
  parser.optionsGroup("Global options:");
  for (const [name, schema] of Object.entries(globalOptions)) {
    for (const option of toOptions(name, schema)) parser.addOption(option);
  }
}

/** Gives the parser what the help of the innermost group of the path shows. */
async function addGroup(root: Parser, sections: Sections, path: readonly Named[], look: HelpLook): Promise<void> {
  root.description("Development workspaces that are there when you ask.");
  let parent = root;
  if (path.length === 0) {
    for (const [heading, commands] of Object.entries(sections)) await addStubs(root, commands, look, `${heading}:`);
    return;
  }
  for (const { name, aliases, node } of path) {
    if (isLeaf(node)) return;
    const parser = newParser(name, look).description(`${node.summary}.`);
    for (const alias of aliases) parser.alias(alias);
    parent.addCommand(parser);
    parent = parser;
  }
  const innermost = path.at(-1)?.node;
  if (innermost !== undefined && !isLeaf(innermost)) await addStubs(parent, innermost.commands, look, "Commands:");
}

async function addStubs(parent: Parser, commands: Commands, look: HelpLook, heading: string): Promise<void> {
  for (const { name, aliases, node } of listCommands(commands)) {
    const stub = newParser(name, look).helpGroup(heading);
    for (const alias of aliases) stub.alias(alias);
    if (isLeaf(node)) {
      const command = await node.load();
      stub.summary(command.summary).description(command.summary);
      for (const [argument, schema] of Object.entries(command.args ?? {}))
        stub.addArgument(toArgument(argument, schema));
    } else {
      stub.summary(node.summary).description(node.summary).usage("<command>");
    }
    parent.addCommand(stub);
  }
}

/** Parses, and gives what the parser wanted to print: help or version. */
function parse(root: Parser, words: readonly string[], name: string): string {
  let text = "";
  const write = (part: string) => {
    text += part;
  };
  eachParser(root, (parser) =>
    parser.configureOutput({ writeOut: write, writeErr: () => undefined, outputError: () => undefined }),
  );
  try {
    root.parse([...words], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw toUsageError(error, name);
  }
  return text;
}

function printed(root: Parser, words: readonly string[], name: string): Invocation {
  const text = parse(root, words, name);
  if (text === "") throw new UsageError(`"${name}" needs a command`, { hint: `See: ${name} --help` });
  return { kind: "print", text };
}

function eachParser(parser: Parser, visit: (parser: Parser) => void): void {
  visit(parser);
  for (const child of parser.commands) eachParser(child, visit);
}

function toUsageError(error: CommanderError, name: string): UsageError {
  const message = error.message.replace(/^error: /, "");
  return new UsageError(message, { hint: `See: ${name} --help` });
}

/** The global options among words that hold nothing else but a command's name. */
function takeGlobals(root: Parser, words: readonly string[], name: string): Record<string, unknown> {
  eachParser(root, (parser) => parser.configureOutput({ outputError: () => undefined }));
  try {
    return root.parseOptions([...words]) && root.opts();
  } catch (error) {
    if (error instanceof CommanderError) throw toUsageError(error, name);
    throw error;
  }
}

/** `--activate=false` and `--yes=true`, which the parser does not know, as the flags that it does. */
export function spellOutBooleans(words: readonly string[], options: Shape): string[] {
  const end = words.indexOf("--");
  return words.flatMap((word, index) => {
    const match = end !== -1 && index > end ? null : /^--([a-z-]+)=(true|false)$/.exec(word);
    const [, name, value] = match ?? [];
    const found = Object.entries(options).find(([key]) => kebab(key) === name);
    if (found === undefined || takesValue(options, `--${name}`)) return [word];
    if (value === "true") return [`--${name}`];
    const isOff = found[1].safeParse(undefined).data === false;
    return isOff ? [] : [`--no-${name}`];
  });
}

function withoutAbsent(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function parseShape<S extends Shape>(
  shape: S,
  values: Record<string, unknown>,
  name: string,
  argumentNames: readonly string[] = [],
): z.output<z.ZodObject<S>> {
  const parsed = z.object(shape).safeParse(values);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    const key = String(issue.path[0]);
    return `${argumentNames.includes(key) ? `<${kebab(key)}>` : flagOf(key)}: ${problemOf(issue, values[key])}`;
  });
  throw new UsageError(problems.join("\n"), { hint: `See: ${name} --help` });
}

function problemOf(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code !== "invalid_value") return issue.message;
  const wrong = Array.isArray(value) ? value.find((item) => !issue.values.includes(item as string)) : value;
  return `"${String(wrong)}" is none of ${issue.values.map(String).join(", ")}`;
}

/** Every command of the tree with its words. */
export async function loadAll(
  sections: Sections,
): Promise<{ section: string; path: readonly string[]; aliases: readonly string[]; command: Command }[]> {
  const all = [];
  for (const [section, commands] of Object.entries(sections)) {
    for (const { path, aliases, node } of walk(commands)) {
      if (isLeaf(node)) all.push({ section, path, aliases, command: await node.load() });
    }
  }
  return all;
}
