import { z } from "zod";
import { Argument, Option } from "commander";
import type { Shape } from "./define.ts";

/** What the help and the parser need to know of a schema. */
export interface Described {
  readonly description: string;
  /** `list` may be given several times. */
  readonly kind: "flag" | "value" | "list";
  readonly required: boolean;
  readonly default: unknown;
  readonly choices: readonly string[] | undefined;
  readonly short: string | undefined;
  /** What stands for the value in help. */
  readonly value: string;
  readonly hidden: boolean;
}

/** The JSON schema of what goes in, with the members of `.meta()` beside it. */
interface Input {
  type?: unknown;
  enum?: unknown;
  items?: { enum?: unknown };
  default?: unknown;
  description?: string;
  short?: string;
  value?: string;
  hidden?: boolean;
}

export function describe(name: string, schema: z.ZodType): Described {
  // Members of `.meta()` are copied into the JSON schema; its type does not know ours.
  const input = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Input;
  const choices = input.enum ?? input.items?.enum;
  return {
    description: input.description ?? "",
    kind: input.type === "boolean" ? "flag" : input.type === "array" ? "list" : "value",
    required: !schema.safeParse(undefined).success,
    default: input.default,
    choices: Array.isArray(choices) ? choices.map(String) : undefined,
    short: input.short,
    value: input.value ?? kebab(name),
    hidden: input.hidden === true,
  };
}

/** `stopAfter` → `stop-after`. */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** How an option is written in messages: `--stop-after`. */
export function flagOf(name: string): string {
  return `--${kebab(name)}`;
}

/** The parser's argument for a schema. */
export function toArgument(name: string, schema: z.ZodType): Argument {
  const described = describe(name, schema);
  const inner = `${described.value}${described.kind === "list" ? "..." : ""}`;
  const choices = described.choices === undefined ? "" : described.choices.join(" or ");
  const argument = new Argument(described.required ? `<${inner}>` : `[${inner}]`, described.description || choices);
  return argument;
}

/** The parser's options for a schema: one, and a hidden `--no-…` for a flag that is not off by default. */
export function toOptions(name: string, schema: z.ZodType): Option[] {
  const described = describe(name, schema);
  const short = described.short === undefined ? "" : `-${described.short}, `;
  const value = described.kind === "flag" ? "" : ` <${described.value}>`;
  const option = new NamedOption(`${short}${flagOf(name)}${value}`, describeFor(name, described), name);
  // "--no-wait" is a flag of that name here, not the opposite of "--wait".
  option.negate = false;
  if (described.kind === "list")
    option.argParser((text: string, before: string[] | undefined) => [...(before ?? []), text]);
  if (described.hidden) option.hideHelp();
  if (described.kind !== "flag" || described.default === false) return [option];
  return [option, new Option(`--no-${kebab(name)}`).hideHelp()];
}

/** The description with what else there is to know of the option behind it. */
function describeFor(name: string, described: Described): string {
  const { kind, default: standard, choices } = described;
  const more: string[] = [];
  if (choices !== undefined) more.push(choices.join(", "));
  if (kind === "flag" && standard === true) more.push(`on; --no-${kebab(name)} turns it off`);
  if (kind === "flag" && standard === undefined) more.push(`--no-${kebab(name)} for the opposite`);
  if (kind === "value" && typeof standard === "string" && standard !== "") more.push(`default: ${standard}`);
  if (kind === "list") more.push("may be repeated");
  return more.length === 0 ? described.description : `${described.description} (${more.join("; ")})`;
}

/** Whether a word is an option of the shape that takes the next word as its value. */
export function takesValue(shape: Shape, word: string): boolean {
  for (const [name, schema] of Object.entries(shape)) {
    const { kind, short } = describe(name, schema);
    if (kind !== "flag" && (word === flagOf(name) || word === `-${short ?? ""}`)) return true;
  }
  return false;
}

/** Keeps the option's own name where the parser would strip a leading "no-". */
class NamedOption extends Option {
  readonly #name: string;

  constructor(flags: string, description: string, name: string) {
    super(flags, description);
    this.#name = name;
  }

  override attributeName(): string {
    return this.#name;
  }
}
