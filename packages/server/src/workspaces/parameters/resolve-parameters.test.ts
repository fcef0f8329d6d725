import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { NameValue, ParameterDeclaration } from "@hearth/provisioner";
import { declare } from "../../testing/declare.ts";
import { keepParameters, resolveParameters } from "./resolve-parameters.ts";

type Values = Readonly<Record<string, string>>;

function listOf(values: Values | undefined): NameValue[] | undefined {
  return values && Object.entries(values).map(([name, value]) => ({ name, value }));
}

interface Case {
  readonly rule: string;
  readonly declared: Partial<ParameterDeclaration>;
  readonly preset?: Values;
  readonly given?: Values;
  readonly previous?: Values;
  readonly value?: string;
  readonly fault?: RegExp;
}

const options = ["a", "b"].map((value) => ({ name: value, value, description: "", icon: "" }));
const multi = { type: "list(string)", formType: "multi-select", options } as const;

const cases: Case[] = [
  {
    rule: "[builds 20] a preset's value wins over the request's",
    declared: {},
    preset: { size: "L" },
    given: { size: "S" },
    value: "L",
  },
  { rule: "[builds 13] the request's value is taken", declared: { required: true }, given: { size: "S" }, value: "S" },
  {
    rule: "the request's value wins over the last build's",
    declared: {},
    given: { size: "S" },
    previous: { size: "M" },
    value: "S",
  },
  {
    rule: "[builds 23] the last build's value wins over a default that has changed",
    declared: { defaultValue: "y" },
    previous: { size: "x" },
    value: "x",
  },
  { rule: "the default is what is left", declared: { defaultValue: "d" }, value: "d" },
  {
    rule: "[builds 17] an ephemeral value is not kept",
    declared: { ephemeral: true, defaultValue: "d" },
    previous: { size: "x" },
    value: "d",
  },
  { rule: "[builds 12] a required parameter needs a value", declared: { required: true }, fault: /required/i },
  {
    rule: "a required parameter may keep its last value",
    declared: { required: true },
    previous: { size: "x" },
    value: "x",
  },
  {
    rule: "a required parameter may not be emptied",
    declared: { required: true },
    given: { size: "" },
    previous: { size: "x" },
    fault: /empty/,
  },
  {
    rule: "an optional one that is emptied takes its default",
    declared: { defaultValue: "d" },
    given: { size: "" },
    value: "d",
  },
  {
    rule: "[builds 14] an immutable parameter does not change",
    declared: { mutable: false },
    given: { size: "b" },
    previous: { size: "a" },
    fault: /not mutable/,
  },
  {
    rule: "[builds 15] an immutable parameter may be said again",
    declared: { mutable: false },
    given: { size: "a" },
    previous: { size: "a" },
    value: "a",
  },
  {
    rule: "[builds 16] a new immutable parameter is accepted",
    declared: { mutable: false },
    given: { size: "b" },
    previous: {},
    value: "b",
  },
  {
    rule: "a preset does not change an immutable parameter either",
    declared: { mutable: false },
    preset: { size: "b" },
    previous: { size: "a" },
    fault: /not mutable/,
  },
  {
    rule: "[builds 18] a growing number does not shrink",
    declared: { type: "number", validationMonotonic: "increasing" },
    given: { size: "4" },
    previous: { size: "5" },
    fault: /may only grow/,
  },
  {
    rule: "[builds 18] a growing number grows",
    declared: { type: "number", validationMonotonic: "increasing" },
    given: { size: "6" },
    previous: { size: "5" },
    value: "6",
  },
  {
    rule: "a growing number stays",
    declared: { type: "number", validationMonotonic: "increasing" },
    given: { size: "5" },
    previous: { size: "5" },
    value: "5",
  },
  {
    rule: "a shrinking number does not grow",
    declared: { type: "number", validationMonotonic: "decreasing" },
    given: { size: "6" },
    previous: { size: "5" },
    fault: /may only shrink/,
  },
  {
    rule: "[builds 19] every element must be an option",
    declared: multi,
    given: { size: '["a","x"]' },
    fault: /"x" is none of the options "a", "b"/,
  },
  { rule: "a list of options is accepted", declared: multi, given: { size: '["b","a"]' }, value: '["b","a"]' },
  {
    rule: "a list that is no JSON is refused",
    declared: multi,
    given: { size: "a" },
    fault: /is not a JSON array of texts/,
  },
  {
    rule: "a list of numbers is refused",
    declared: { type: "list(string)" },
    given: { size: "[1]" },
    fault: /is not a JSON array of texts/,
  },
  {
    rule: "a list chosen as a whole is one option",
    declared: {
      type: "list(string)",
      formType: "radio",
      options: [{ name: "", value: '["a"]', description: "", icon: "" }],
    },
    given: { size: '["a"]' },
    value: '["a"]',
  },
  {
    rule: "a text must be an option",
    declared: { options },
    given: { size: "c" },
    fault: /"c" is none of the options "a", "b"/,
  },
  {
    rule: "a number must be one",
    declared: { type: "number" },
    given: { size: "many" },
    fault: /"many" is not a number/,
  },
  { rule: "a number is decimal", declared: { type: "number" }, given: { size: "0x10" }, fault: /is not a number/ },
  {
    rule: "a number stays in its range",
    declared: { type: "number", validationMin: 1, validationMax: 8 },
    given: { size: "99" },
    fault: /99 is more than the greatest value 8/,
  },
  {
    rule: "the ends of a range belong to it",
    declared: { type: "number", validationMin: 1, validationMax: 8 },
    given: { size: "8" },
    value: "8",
  },
  {
    rule: "a range may have one end",
    declared: { type: "number", validationMin: 1 },
    given: { size: "0" },
    fault: /less than the least value 1/,
  },
  {
    rule: "a bool is true or false",
    declared: { type: "bool" },
    given: { size: "x" },
    fault: /"x" is not true or false/,
  },
  {
    rule: "a text matches its pattern",
    declared: { validationRegex: "^[a-z]+$" },
    given: { size: "A1" },
    fault: /does not match/,
  },
  {
    rule: "the template's own words are used",
    declared: { validationRegex: "^[a-z]+$", validationError: "{value} is loud" },
    given: { size: "A1" },
    fault: /^A1 is loud$/,
  },
  {
    rule: "a pattern that cannot be read is told",
    declared: { validationRegex: "(" },
    given: { size: "a" },
    fault: /pattern cannot be used/,
  },
];

test.for(cases)("$rule", ({ declared, preset = {}, given = {}, previous, value, fault }) => {
  const { values, faults } = resolveParameters({
    declared: [declare(declared)],
    preset: listOf(preset) ?? [],
    given: listOf(given) ?? [],
    previous: listOf(previous),
  });

  if (fault !== undefined) expect(faults).toEqual([{ field: "size", detail: expect.stringMatching(fault) as string }]);
  else expect({ values, faults }).toEqual({ values: [{ name: "size", value }], faults: [] });
});

test("[builds 24] values of parameters that are not declared are left out", () => {
  const sources = {
    declared: [declare({})],
    preset: [],
    given: [{ name: "gone", value: "1" }],
    previous: [{ name: "old", value: "2" }],
  };

  expect(resolveParameters(sources).values.map(({ name }) => name)).toEqual(["size"]);
});

test("of a name given twice the last counts", () => {
  const given = ["a", "b"].map((value) => ({ name: "size", value }));

  expect(resolveParameters({ declared: [declare({})], preset: [], given, previous: undefined }).values).toEqual([
    { name: "size", value: "b" },
  ]);
});

test("all faults come at once", () => {
  const declared = [declare({ name: "a", required: true }), declare({ name: "b", type: "bool", defaultValue: "x" })];

  expect(
    resolveParameters({ declared, preset: [], given: [], previous: undefined }).faults.map(({ field }) => field),
  ).toEqual(["a", "b"]);
});

describe("stops and deletes", () => {
  const declaration = fc
    .record({
      name: fc.constantFrom("a", "b", "c"),
      type: fc.constantFrom("string", "number", "bool", "list(string)"),
      required: fc.boolean(),
      mutable: fc.boolean(),
      ephemeral: fc.boolean(),
      defaultValue: fc.string(),
      validationRegex: fc.constantFrom("", "^x$", "("),
      validationMin: fc.option(fc.integer(), { nil: undefined }),
      options: fc.constantFrom([], options),
    })
    .map((given) => declare(given as Partial<ParameterDeclaration>));
  const values = fc.array(fc.record({ name: fc.constantFrom("a", "b", "c", "d"), value: fc.string() }));

  test("[builds 25] no parameter ever prevents them", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(declaration, { selector: ({ name }) => name }),
        values,
        values,
        (declared, given, previous) => {
          const kept = keepParameters({ declared, preset: [], given, previous });

          expect(kept.map(({ name }) => name)).toEqual(declared.map(({ name }) => name));
        },
      ),
    );
  });

  test("they keep what was, and take what is sound", () => {
    const declared = [
      declare({ name: "kept", required: true }),
      declare({ name: "chosen" }),
      declare({ name: "wrong", type: "number" }),
    ];
    const given = [
      { name: "chosen", value: "new" },
      { name: "wrong", value: "x" },
    ];
    const previous = [
      { name: "kept", value: "old" },
      { name: "chosen", value: "old" },
      { name: "wrong", value: "7" },
    ];

    expect(keepParameters({ declared, preset: [], given, previous }).map(({ value }) => value)).toEqual([
      "old",
      "new",
      "7",
    ]);
  });
});
