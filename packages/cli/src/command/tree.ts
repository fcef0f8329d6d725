import type { Command } from "./define.ts";

/** A command that is read only when it is asked for, so that starting costs one file and not all of them. */
export interface Leaf {
  readonly load: () => Promise<Command>;
}

export interface Group {
  readonly summary: string;
  readonly commands: Commands;
}

export type Node = Leaf | Group;

/** By name; further names stand after a bar: `list|ls`. */
export type Commands = Readonly<Record<string, Node>>;

/** The commands of the root, under the headings of `hearth --help`. */
export type Sections = Readonly<Record<string, Commands>>;

/** The commands of every section. */
export function allOf(sections: Sections): Commands {
  return Object.fromEntries(Object.values(sections).flatMap((commands) => Object.entries(commands)));
}

export function isLeaf(node: Node): node is Leaf {
  return "load" in node;
}

export interface Named {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly node: Node;
}

/** The commands of a group one by one. */
export function listCommands(commands: Commands): Named[] {
  return Object.entries(commands).map(([names, node]) => {
    const [name = names, ...aliases] = names.split("|");
    return { name, aliases, node };
  });
}

/** The command of that name or alias. */
export function findCommand(commands: Commands, word: string): Named | undefined {
  return listCommands(commands).find(({ name, aliases }) => name === word || aliases.includes(word));
}

export interface Selection {
  /** What was found, outermost first; empty when the first word is no command. */
  readonly path: readonly Named[];
  /** How many of the words led there, options between them included. */
  readonly consumed: number;
}

/**
 * Follows the words down the tree, past options and the values of those that take one.
 *
 * Stops at a command, at a word that names nothing, and at `--`.
 */
export function selectCommand(
  commands: Commands,
  words: readonly string[],
  takesValue: (option: string) => boolean,
): Selection {
  const path: Named[] = [];
  let level: Commands | undefined = commands;
  let consumed = 0;
  for (let index = 0; index < words.length && level !== undefined; index += 1) {
    const word = words[index] ?? "";
    if (word === "--") break;
    if (word.startsWith("-")) {
      if (takesValue(word)) index += 1;
      continue;
    }
    const found = findCommand(level, word);
    if (found === undefined) break;
    path.push(found);
    consumed = index + 1;
    level = isLeaf(found.node) ? undefined : found.node.commands;
  }
  return { path, consumed };
}

export interface Visited {
  /** The words that name it: `["templates", "push"]`. */
  readonly path: readonly string[];
  readonly aliases: readonly string[];
  readonly node: Node;
}

/** Every node, groups before what is in them. */
export function* walk(commands: Commands, above: readonly string[] = []): Generator<Visited> {
  for (const { name, aliases, node } of listCommands(commands)) {
    const path = [...above, name];
    yield { path, aliases, node };
    if (!isLeaf(node)) yield* walk(node.commands, path);
  }
}
