import { parseNumber } from "@hearth/sdk";
import { z } from "zod";
import { formatValue, type Value } from "../expressions/index.ts";

/**
 * The manifest's fields exist twice: as *written*, where an expression may stand for a number, and as *evaluated*,
 * where it has been replaced by its value and `${…}` may have given text for a number.
 */
export type FieldMode = "written" | "evaluated";

/** What an expression in a field looks like. */
const expression = /\$\{/;

export interface Fields {
  /** Text that may hold `${…}`. */
  text(most: number): z.ZodType<string>;
  /** Text of a pattern, which may hold `${…}` instead. `what` ends the sentence "must be …". */
  pattern(pattern: RegExp, what: string, most?: number): z.ZodType<string>;
  /** Text, or a number or true or false that is read as it is written. */
  scalarText(most: number): z.ZodType<string | number | boolean>;
  /** A number, or an expression that gives one. */
  number(limits: {
    least?: number;
    most?: number;
    isWhole?: boolean;
    isPositive?: boolean;
  }): z.ZodType<number | string>;
  flag(): z.ZodType<boolean | string>;
  oneOf(values: readonly [string, ...string[]]): z.ZodType<string>;
}

// oxlint-disable-next-line no-control-regex -- NUL is what this keeps out: neither databases nor programs take it
const withoutNul = /^[^\u0000]*$/;

function plainText(most: number): z.ZodString {
  return z.string().max(most).regex(withoutNul, "must not hold NUL characters");
}

const written: Fields = {
  text: plainText,
  pattern: (pattern, what, most = 256) =>
    // oxlint-disable-next-line hearth/no-dynamic-regexp -- of two patterns of ours; the published schema shows it
    plainText(most).regex(new RegExp(`${pattern.source}|${expression.source}`, pattern.flags), `must be ${what}`),
  scalarText: (most) =>
    z.union([plainText(most), z.number(), z.boolean()], { error: "must be a text, a number, true or false" }),
  number: (limits) => {
    const what = `must be ${numberWords(limits)}, or an expression that gives one, \${{ … }}`;
    return z.union([boundedNumber(limits, what), z.string().regex(expression, what)], { error: what });
  },
  flag: () => {
    const what = "must be true or false, or an expression that gives one, ${{ … }}";
    return z.union([z.boolean(), z.string().regex(expression, what)], { error: what });
  },
  oneOf: (values) => {
    const what = `must be ${orList(values)}`;
    return z.union([z.enum(values), z.string().regex(expression, what)], { error: what });
  },
};

const evaluated: Fields = {
  text: (most) => z.preprocess(toText, plainText(most)),
  pattern: (pattern, what, most = 256) => z.preprocess(toText, plainText(most).regex(pattern, `must be ${what}`)),
  scalarText: (most) => z.preprocess(toText, plainText(most)),
  number: (limits) =>
    z.preprocess(
      (value) => (typeof value === "string" ? (parseNumber(value) ?? value) : value),
      boundedNumber(limits, `must be ${numberWords(limits)}`),
    ),
  flag: () =>
    z.preprocess(
      (value) => (value === "true" ? true : value === "false" ? false : value),
      z.boolean({ error: "must be true or false" }),
    ),
  oneOf: (values) => z.enum(values, { error: `must be ${orList(values)}` }),
};

export function fieldsOf(mode: FieldMode): Fields {
  return mode === "written" ? written : evaluated;
}

function toText(value: unknown): unknown {
  if (typeof value === "number" || typeof value === "boolean" || Array.isArray(value))
    return formatValue(value as Value);
  return value;
}

interface NumberLimits {
  least?: number;
  most?: number;
  isWhole?: boolean;
  isPositive?: boolean;
}

function boundedNumber(limits: NumberLimits, error?: string): z.ZodNumber {
  let schema = error === undefined ? z.number() : z.number({ error });
  if (limits.isWhole === true) schema = schema.int(error);
  if (limits.isPositive === true) schema = schema.positive(error);
  if (limits.least !== undefined) schema = schema.min(limits.least, error);
  if (limits.most !== undefined) schema = schema.max(limits.most, error);
  return schema;
}

function numberWords({ least, most, isWhole, isPositive }: NumberLimits): string {
  const kind = isWhole === true ? "a whole number" : "a number";
  const bottom = isPositive === true ? " above 0" : least === undefined ? "" : ` from ${least}`;
  return kind + bottom + (most === undefined ? "" : ` to ${most}`);
}

/** A whole number that stands as it is, without expression. */
export function wholeNumber(least: number, most: number): z.ZodNumber {
  const error = `must be ${numberWords({ least, most, isWhole: true })}`;
  return z.number({ error }).int(error).min(least, error).max(most, error);
}

export function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1) ?? ""}`;
}
