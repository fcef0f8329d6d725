import { parseNumber } from "@hearth/sdk";
import type { BinaryOperator, UnaryOperator } from "./ast.ts";
import type { Budget } from "./budget.ts";
import { Fault } from "./problem.ts";
import { commonType, elementOf, formatValue, isList, type Value, type ValueType } from "./value.ts";

/** What an operator or a function takes and gives. The checker asks `type`, the evaluator `type` and then `apply`. */
export interface Operation {
  /** What it takes, for messages. */
  readonly takes: string;
  /** The type of the result; `undefined` when it does not take such operands, or not so many. */
  type(operands: readonly ValueType[]): ValueType | undefined;
  /** The result. Called only with operands that `type` accepts. @throws Fault */
  apply(operands: readonly Value[], budget: Budget): Value;
}

/** Lists longer than this are refused. */
const longestList = 10_000;

// `type` has looked at the operands before `apply` sees them, so these casts hold.
const number = (value: Value | undefined): number => value as number;
const text = (value: Value | undefined): string => value as string;
const list = (value: Value | undefined): readonly (string | number | boolean)[] =>
  value as readonly (string | number | boolean)[];

function operation(
  takes: string,
  type: (operands: readonly ValueType[]) => ValueType | undefined,
  apply: (operands: readonly Value[], budget: Budget) => Value,
): Operation {
  return { takes, type, apply };
}

function fixed(
  takes: string,
  parameters: readonly ValueType[],
  result: ValueType,
  apply: (operands: readonly Value[], budget: Budget) => Value,
): Operation {
  const fits = (operands: readonly ValueType[]): boolean =>
    operands.length === parameters.length && operands.every((type, index) => type === parameters[index]);
  return operation(takes, (operands) => (fits(operands) ? result : undefined), apply);
}

function arithmetic(compute: (a: number, b: number) => number): Operation {
  return fixed("two numbers", ["number", "number"], "number", ([a, b]) => finite(compute(number(a), number(b))));
}

function finite(result: number): number {
  if (!Number.isFinite(result)) throw new Fault("The result is too large for a number.");
  return result;
}

function divisor(b: number): number {
  if (b === 0) throw new Fault("Division by zero.");
  return b;
}

function comparison(holds: (order: number) => boolean): Operation {
  return operation(
    "two numbers or two texts",
    ([a, b]) => (a === b && (a === "number" || a === "string") ? "bool" : undefined),
    ([a, b]) => holds(a === b ? 0 : a !== undefined && b !== undefined && a < b ? -1 : 1),
  );
}

function equality(isWanted: boolean): Operation {
  return operation(
    "two values of the same type",
    ([a, b]) => (a !== undefined && b !== undefined && commonType(a, b) !== undefined ? "bool" : undefined),
    ([a, b]) => isSame(a, b) === isWanted,
  );
}

function isSame(a: Value | undefined, b: Value | undefined): boolean {
  if (typeof a !== "object" || typeof b !== "object") return a === b;
  return a.length === b.length && a.every((element, index) => element === b[index]);
}

/** Both sides are asked for here; the evaluator leaves the right one alone when the left one decides. */
function logic(compute: (a: boolean, b: boolean) => boolean): Operation {
  return fixed("true or false on both sides", ["bool", "bool"], "bool", ([a, b]) => compute(a === true, b === true));
}

const isElement = ([element, inside]: readonly ValueType[]): boolean =>
  element !== undefined &&
  inside !== undefined &&
  !isList(element) &&
  (inside === "list()" || elementOf(inside) === element);

export const binaryOperations: Readonly<Record<BinaryOperator, Operation>> = {
  "||": logic((a, b) => a || b),
  "&&": logic((a, b) => a && b),
  "==": equality(true),
  "!=": equality(false),
  "<": comparison((order) => order < 0),
  "<=": comparison((order) => order <= 0),
  ">": comparison((order) => order > 0),
  ">=": comparison((order) => order >= 0),
  in: operation(
    "a value and a list of such values",
    (operands) => (isElement(operands) ? "bool" : undefined),
    ([element, inside]) => list(inside).some((candidate) => candidate === element),
  ),
  "+": operation(
    "two numbers or two texts",
    ([a, b]) => (a === b && (a === "number" || a === "string") ? a : undefined),
    ([a, b], budget) => (typeof a === "string" ? budget.text(text(a) + text(b)) : finite(number(a) + number(b))),
  ),
  "-": arithmetic((a, b) => a - b),
  "*": arithmetic((a, b) => a * b),
  "/": arithmetic((a, b) => a / divisor(b)),
  "%": arithmetic((a, b) => a % divisor(b)),
};

export const unaryOperations: Readonly<Record<UnaryOperator, Operation>> = {
  "!": fixed("true or false", ["bool"], "bool", ([a]) => a !== true),
  "-": fixed("a number", ["number"], "number", ([a]) => -number(a)),
};

const onText = (compute: (value: string) => string): Operation =>
  fixed("a text", ["string"], "string", ([value], budget) => budget.text(compute(text(value))));

const aboutText = (takes: string, compute: (value: string, other: string) => boolean): Operation =>
  fixed(takes, ["string", "string"], "bool", ([value, other]) => compute(text(value), text(other)));

/** The functions there are; nothing else can be called. */
export const functions: ReadonlyMap<string, Operation> = new Map<string, Operation>(
  Object.entries({
    lower: onText((value) => value.toLowerCase()),
    upper: onText((value) => value.toUpperCase()),
    trim: onText((value) => value.trim()),
    replace: fixed(
      "a text, what to look for and what to put there",
      ["string", "string", "string"],
      "string",
      replaceAll,
    ),
    split: fixed("a text and a separator", ["string", "string"], "list(string)", split),
    join: operation(
      "a list and a separator",
      ([items, separator, more]) =>
        items !== undefined && isList(items) && separator === "string" && more === undefined ? "string" : undefined,
      ([items, separator], budget) => {
        const pieces = list(items).map(formatValue);
        budget.make(pieces.reduce((sum, piece) => sum + piece.length, pieces.length * text(separator).length));
        return pieces.join(text(separator));
      },
    ),
    length: operation(
      "a text or a list",
      ([of, more]) =>
        of !== undefined && more === undefined && (of === "string" || isList(of)) ? "number" : undefined,
      ([of]) => (typeof of === "string" ? Array.from(of).length : list(of).length),
    ),
    contains: operation(
      "a text and a part of it, or a list and an element",
      ([whole, part, more]) =>
        more === undefined &&
        whole !== undefined &&
        part !== undefined &&
        ((whole === "string" && part === "string") || isElement([part, whole]))
          ? "bool"
          : undefined,
      ([whole, part]) =>
        typeof whole === "string" ? whole.includes(text(part)) : list(whole).some((candidate) => candidate === part),
    ),
    startsWith: aboutText("a text and its beginning", (value, start) => value.startsWith(start)),
    endsWith: aboutText("a text and its end", (value, end) => value.endsWith(end)),
    default: operation(
      "a value and what stands in for it when it is empty, both of one type",
      ([value, fallback, more]) =>
        value !== undefined && fallback !== undefined && more === undefined ? commonType(value, fallback) : undefined,
      ([value = "", fallback = ""]) =>
        value === "" || (typeof value === "object" && value.length === 0) ? fallback : value,
    ),
    number: operation(
      "a text or a number",
      ([value, more]) => (more === undefined && (value === "string" || value === "number") ? "number" : undefined),
      ([value]) => toNumber(value),
    ),
    string: operation(
      "one value",
      ([value, more]) => (value !== undefined && more === undefined ? "string" : undefined),
      ([value = ""], budget) => budget.text(formatValue(value)),
    ),
  }),
);

function toNumber(value: Value | undefined): number {
  if (typeof value === "number") return value;
  const parsed = parseNumber(text(value));
  if (parsed === undefined) throw new Fault(`${JSON.stringify(text(value).slice(0, 100))} is not a number.`);
  return parsed;
}

function replaceAll([value, wanted, replacement]: readonly Value[], budget: Budget): string {
  if (wanted === "") throw new Fault("There must be something to look for.");
  const pieces = text(value).split(text(wanted));
  budget.make(text(value).length + (pieces.length - 1) * text(replacement).length);
  return pieces.join(text(replacement));
}

function split([value, separator]: readonly Value[]): readonly string[] {
  if (separator === "") throw new Fault("There must be a separator.");
  const pieces = text(value).split(text(separator));
  if (pieces.length > longestList)
    throw new Fault(`A list may have ${longestList} elements; this gives ${pieces.length}.`);
  return pieces;
}
