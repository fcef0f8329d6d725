import type { Preset, TemplateVersionParameter } from "@hearth/sdk";
import { expect, test } from "vitest";
import {
  faultOf,
  openParameters,
  presetValues,
  readList,
  requestValues,
  suggestName,
  valuesOfSearch,
} from "./parameter-form.ts";

/** A parameter of which only the named parts are looked at. */
function parameter(name: string, parts: Partial<TemplateVersionParameter> = {}): TemplateVersionParameter {
  return {
    name,
    type: "string",
    default_value: "",
    required: false,
    options: [],
    ...parts,
  } as TemplateVersionParameter;
}

const preset = { Parameters: [{ Name: "region", Value: "eu" }] } as Preset;

test("a preset fixes its parameters, the others are asked for", () => {
  const parameters = [parameter("region"), parameter("cpu")];

  expect(presetValues(preset)).toEqual({ region: "eu" });
  expect(openParameters(parameters, preset).map(({ name }) => name)).toEqual(["cpu"]);
  expect(openParameters(parameters, undefined)).toHaveLength(2);
});

test("what is seen is what is sent", () => {
  const parameters = [
    parameter("typed", { default_value: "no" }),
    parameter("defaulted", { default_value: "2" }),
    parameter("optional"),
    parameter("required", { required: true }),
    parameter("cleared", { default_value: "x" }),
  ];

  expect(requestValues(parameters, { typed: "yes", cleared: "" })).toEqual([
    { name: "typed", value: "yes" },
    { name: "defaulted", value: "2" },
    { name: "required", value: "" },
  ]);
});

test.for([
  [parameter("a", { required: true }), "", "a value is required"],
  [parameter("a"), "", undefined],
  [parameter("a", { type: "number" }), "x", '"x" is not a number'],
  [parameter("a", { type: "number", validation_min: 1 }), "0", "0 is less than the least value 1"],
  [parameter("a", { type: "number", validation_max: 8 }), "9", "9 is more than the greatest value 8"],
  [parameter("a", { type: "number", validation_max: 8, validation_error: "Too many cores." }), "9", "Too many cores."],
  [parameter("a", { type: "number", validation_min: 1, validation_max: 8 }), "8", undefined],
  [parameter("a", { validation_regex: "^a+$" }), "b", '"b" does not match "^a+$"'],
  [parameter("a", { type: "list(string)" }), "a,b", '"a,b" is not a JSON array of texts, such as ["a","b"]'],
] as const)("%o with the value %j: %s", ([declared, value, fault]) => {
  expect(faultOf(declared, value)).toBe(fault);
});

test.for([
  ['["a","b"]', ["a", "b"]],
  ["[1]", []],
  ["nothing", []],
  ["", []],
] as const)("the list %j is %o", ([value, list]) => {
  expect(readList(value)).toEqual(list);
});

test("the address fills the form", () => {
  expect(valuesOfSearch({ template: "node", "param.region": "eu", "param.cpu": "2" })).toEqual({
    region: "eu",
    cpu: "2",
  });
});

test.for([
  ["node", [], "node"],
  ["node", ["Node"], "node-2"],
  ["node", ["node", "node-2"], "node-3"],
  ["a-template-with-a-very-long-name", [], "a-template-with-a-very-long"],
] as const)("from %s, with %o taken, %s is suggested", ([template, taken, name]) => {
  expect(suggestName(template, taken)).toBe(name);
});
