import { UsageError } from "#means/failure.ts";
import type { Command } from "./define.ts";
import { globalOptions, type GlobalOptions } from "./global-options.ts";
import type { HelpLook } from "./help-layout.ts";
import { readInput, spellOutBooleans, withoutAbsent } from "./input.ts";
import { version } from "#version.ts";
import { takesValue } from "./option.ts";
import { addGroup, addLeaf, newRoot, runParser } from "./parser.ts";
import { allOf, isLeaf, selectCommand, type Sections } from "./tree.ts";

/** What a command line asks for. */
export type Invocation =
  | {
      readonly kind: "run";
      /** `hearth templates push`. */
      readonly name: string;
      readonly command: Command;
      readonly input: Readonly<Record<string, unknown>>;
      readonly globals: GlobalOptions;
    }
  /** Help or the version: to be printed, and nothing else done. */
  | { readonly kind: "print"; readonly text: string };

/**
 * Understands a command line. Reads only the file of the command that is meant; for help, those of its group.
 * @throws UsageError when it makes no sense; the message says what is wrong, the hint where to read on.
 */
export async function parseCommandLine(
  sections: Sections,
  words: readonly string[],
  look: HelpLook,
): Promise<Invocation> {
  // The parser would be given every command first, to say which there are.
  if (words.length === 1 && (words[0] === "-V" || words[0] === "--version"))
    return { kind: "print", text: `${version}\n` };
  const commands = allOf(sections);
  const line = words[0] === "help" ? [...words.slice(1), "--help"] : words;
  const { path, consumed } = selectCommand(commands, line, (word) => takesValue(globalOptions, word));
  const name = ["hearth", ...path.map((named) => named.name)].join(" ");
  const root = newRoot(look);
  const chosen = path.at(-1);

  if (chosen === undefined || !isLeaf(chosen.node)) {
    await addGroup(root, sections, path, look);
    const isBare = path.length === 0 ? line.length === 0 : consumed === line.length;
    const text = runParser(root, isBare ? [...line, "--help"] : line, name);
    if (text === "") throw new UsageError(`"${name}" needs a command`, { hint: `See: ${name} --help` });
    return { kind: "print", text };
  }

  const command = await chosen.node.load();
  const leaf = addLeaf(root, path, command, look);
  let given: { operands: readonly unknown[]; options: Record<string, unknown> } | undefined;
  leaf.action(() => {
    given = { operands: leaf.processedArgs, options: { ...root.opts(), ...withoutAbsent(leaf.opts()) } };
  });
  const rest = spellOutBooleans(line.slice(consumed), command.options ?? {});
  const text = runParser(root, [...line.slice(0, consumed), ...rest], name);
  if (given === undefined) return { kind: "print", text };
  const { operands, options } = given;
  const argumentNames = Object.keys(command.args ?? {});
  const operandsByName = Object.fromEntries(argumentNames.map((key, index) => [key, operands[index]]));
  return {
    kind: "run",
    name,
    command,
    input: readInput(
      { ...command.args, ...command.options },
      { ...options, ...withoutAbsent(operandsByName) },
      name,
      argumentNames,
    ),
    globals: readInput(globalOptions, options, name),
  };
}
