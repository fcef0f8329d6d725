import { z } from "zod";
import { UsageError } from "#means/failure.ts";
import type { Shape } from "./define.ts";
import { flagOf, kebab, takesValue } from "./option.ts";

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

/**
 * Reads values with the schemas of a command.
 * @throws UsageError naming each option or argument that is wrong, and how.
 */
export function readInput<S extends Shape>(
  shape: S,
  values: Readonly<Record<string, unknown>>,
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
  const known = issue.values.map(String);
  const given: readonly unknown[] = Array.isArray(value) ? value : [value];
  const wrong = given.find((item) => !known.includes(String(item)));
  return `"${String(wrong)}" is none of ${known.join(", ")}`;
}

/** Without what was not given. */
export function withoutAbsent(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
