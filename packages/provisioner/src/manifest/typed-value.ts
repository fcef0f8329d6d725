import { parseNumber, parseTextList } from "@hearth/sdk";
import type { Value } from "../expressions/index.ts";
import type { ParameterType } from "../protocol.ts";

/** A parameter's or variable's text as a value of its type; `undefined` when it is none. */
export function typedValue(type: ParameterType, text: string): Value | undefined {
  switch (type) {
    case "string":
      return text;
    case "number":
      return parseNumber(text);
    case "bool":
      return text === "true" ? true : text === "false" ? false : undefined;
    case "list(string)":
      return parseTextList(text);
  }
}
