import type { z } from "zod";
import type { Means } from "#means/means.ts";

/** Positional arguments or options by name, in the order in which they are given. */
export type Shape = Readonly<Record<string, z.ZodType>>;

type Parsed<S extends Shape> = { readonly [Name in keyof S]: z.output<S[Name]> };

export interface Example {
  readonly what: string;
  /** As typed in a shell: `hearth create dev`. */
  readonly line: string;
}

/**
 * A command as a value: help, parser and manual are made from it, and its handler gets typed input and all it may use.
 *
 * - Arguments stand in order: optional ones last, an array takes all that is left.
 * - An option `stopAfter` is `--stop-after`. A boolean is a flag, an array may be repeated; what the schema's `meta`
 *   says is its `description`, `short` form and the `value` placeholder in help.
 */
export interface CommandDefinition<Args extends Shape, Options extends Shape> {
  readonly summary: string;
  /** More than the summary, for the command's own help. */
  readonly description?: string;
  readonly args?: Args;
  readonly options?: Options;
  readonly examples?: readonly Example[];
  /**
   * A program that serves others than whoever started it: its output may be closed, full or stopped, and it goes on. Of
   * any other command a closed pipe is the end (`hearth list | head -1`).
   */
  readonly isDaemon?: boolean;
  /** Resolves with the exit status; none is 0. */
  run(input: Parsed<Args> & Parsed<Options>, means: Means): Promise<number | void>;
}

/** Any command, its input's types forgotten: whoever runs it has parsed the input with the command's own schemas. */
export interface Command {
  readonly summary: string;
  readonly description?: string;
  readonly args?: Shape;
  readonly options?: Shape;
  readonly examples?: readonly Example[];
  readonly isDaemon?: boolean;
  run(input: Readonly<Record<string, unknown>>, means: Means): Promise<number | void>;
}

/** Ties the handler's input to the schemas of arguments and options. */
export function defineCommand<
  const Args extends Shape = Record<never, never>,
  const Options extends Shape = Record<never, never>,
>(definition: CommandDefinition<Args, Options>): Command {
  // The runner parses with these very schemas before it calls `run`, which is what the lost types said.
  return definition;
}
