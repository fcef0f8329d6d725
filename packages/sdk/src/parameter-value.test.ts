import { expect, test } from "vitest";
import { parameterRules, parameterValueProblem, type ParameterRules } from "./parameter-value.ts";
import type { TemplateVersionParameter } from "./schemas/index.ts";

const rules = (more: Partial<ParameterRules>): ParameterRules => ({
  type: "string",
  formType: "input",
  required: true,
  options: [],
  validationRegex: "",
  validationError: "",
  validationMin: undefined,
  validationMax: undefined,
  validationMonotonic: "",
  ...more,
});
const options = (...values: string[]) => values.map((value) => ({ value }));

test.for<[string, ParameterRules, string, string | undefined, string | undefined]>([
  ["a required value is there", rules({}), "", undefined, "a value is required"],
  ["an optional one may be empty", rules({ required: false, type: "number" }), "", undefined, undefined],
  ["an option", rules({ options: options("a", "b") }), "a", undefined, undefined],
  ["no option", rules({ options: options("a", "b") }), "c", undefined, '"c" is none of the options "a", "b"'],
  [
    "[builds 19] each choice is an option",
    rules({ type: "list(string)", formType: "multi-select", options: options("a", "b") }),
    '["a","x"]',
    undefined,
    '"x" is none of the options "a", "b"',
  ],
  [
    "choices that are options",
    rules({ type: "list(string)", formType: "multi-select", options: options("a", "b") }),
    '["b","a"]',
    undefined,
    undefined,
  ],
  [
    "choices that are no list",
    rules({ type: "list(string)", formType: "multi-select", options: options("a") }),
    "a",
    undefined,
    '"a" is not a JSON array',
  ],
  ["any number without limits", rules({ type: "number" }), "1.5", undefined, undefined],
  ["hexadecimal is no number", rules({ type: "number" }), "0x10", undefined, '"0x10" is not a number'],
  ["a whole number with limits", rules({ type: "number", validationMin: 1 }), "1.5", undefined, "not a whole number"],
  ["the least is allowed", rules({ type: "number", validationMin: 1, validationMax: 3 }), "1", undefined, undefined],
  [
    "words of the template",
    rules({ type: "number", validationMax: 3, validationError: "{value} > {max}!" }),
    "4",
    undefined,
    "4 > 3!",
  ],
  [
    "[builds 18] growing: less than before",
    rules({ type: "number", validationMonotonic: "increasing" }),
    "4",
    "5",
    "it may only grow",
  ],
  [
    "[builds 18] growing: more than before",
    rules({ type: "number", validationMonotonic: "increasing" }),
    "6",
    "5",
    undefined,
  ],
  [
    "shrinking: more than before",
    rules({ type: "number", validationMonotonic: "decreasing" }),
    "6",
    "5",
    "it may only shrink",
  ],
  [
    "a last value that is no number does not count",
    rules({ type: "number", validationMonotonic: "increasing" }),
    "1",
    "x",
    undefined,
  ],
  ["a match", rules({ validationRegex: "^a+$", validationError: "only a" }), "aa", undefined, undefined],
  ["no match", rules({ validationRegex: "^a+$", validationError: "only a" }), "b", undefined, "only a"],
  ["a match without words", rules({ validationRegex: "^a+$" }), "b", undefined, '"b" does not match "^a+$"'],
  ["a pattern that is none", rules({ validationRegex: "(" }), "b", undefined, "pattern cannot be used"],
  ["bools are exact", rules({ type: "bool" }), "True", undefined, "is not true or false"],
  ["lists hold texts", rules({ type: "list(string)" }), "[1]", undefined, "JSON array of texts"],
])("a value is judged by its parameter's rules: %s", ([, declaration, value, previous, expected]) => {
  const problem = parameterValueProblem(declaration, value, { previous });

  if (expected === undefined) expect(problem).toBeUndefined();
  else expect(problem).toContain(expected);
});

test("the rules of a parameter are those that the API shows", () => {
  const shown: TemplateVersionParameter = {
    name: "p",
    description: "",
    description_plaintext: "",
    type: "number",
    form_type: "slider",
    mutable: true,
    default_value: "2",
    icon: "",
    options: [],
    required: false,
    ephemeral: false,
  };

  expect(parameterRules(shown)).toEqual(rules({ type: "number", formType: "slider", required: false }));
  expect(
    parameterRules({ ...shown, validation_min: 1, validation_error: "no", validation_monotonic: "increasing" }),
  ).toMatchObject({ validationMin: 1, validationError: "no", validationMonotonic: "increasing" });
});
