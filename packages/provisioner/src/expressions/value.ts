/** What an expression can be worth. Lists hold scalars of one type. */
export type Scalar = string | number | boolean;
export type Value = Scalar | readonly Scalar[];

/** `list()` is the empty list, which fits every list. */
export const valueTypes = ["string", "number", "bool", "list(string)", "list(number)", "list(bool)", "list()"] as const;
export type ValueType = (typeof valueTypes)[number];

export function typeOf(value: Value): ValueType {
  if (typeof value === "string") return "string";
  if (typeof value === "number") return "number";
  if (typeof value === "boolean") return "bool";
  const [first] = value;
  return first === undefined ? "list()" : listOf(typeOf(first));
}

/** The type of a list of such elements; lists of lists do not exist, so a list's own type stays as it is. */
export function listOf(element: ValueType): ValueType {
  switch (element) {
    case "string":
      return "list(string)";
    case "number":
      return "list(number)";
    case "bool":
      return "list(bool)";
    case "list(string)":
    case "list(number)":
    case "list(bool)":
    case "list()":
      return element;
  }
}

/** The type of a list's elements; `undefined` for what is no list, and for the empty list. */
export function elementOf(list: ValueType): ValueType | undefined {
  switch (list) {
    case "list(string)":
      return "string";
    case "list(number)":
      return "number";
    case "list(bool)":
      return "bool";
    case "string":
    case "number":
    case "bool":
    case "list()":
      return undefined;
  }
}

export function isList(type: ValueType): boolean {
  return type.startsWith("list(");
}

/** The one type that both fit; `undefined` when there is none. */
export function commonType(a: ValueType, b: ValueType): ValueType | undefined {
  if (a === b) return a;
  if (a === "list()" && isList(b)) return b;
  if (b === "list()" && isList(a)) return a;
  return undefined;
}

/** A value as text, as `${name}` and `string()` give it: lists as JSON. */
export function formatValue(value: Value): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return Object.is(value, -0) ? "0" : String(value);
  if (typeof value === "boolean") return value ? "true" : "false";
  return JSON.stringify(value);
}

/** A type as messages call it. */
export function typeWords(type: ValueType): string {
  switch (type) {
    case "string":
      return "a text";
    case "number":
      return "a number";
    case "bool":
      return "true or false";
    case "list(string)":
      return "a list of texts";
    case "list(number)":
      return "a list of numbers";
    case "list(bool)":
      return "a list of true and false";
    case "list()":
      return "an empty list";
  }
}
