import type { TemplateVersionParameter } from "@hearth/sdk";
import { describe, expect, test } from "vitest";
import { planParameters, type ParameterSources } from "./plan-parameters.ts";

function parameter(name: string, more: Partial<TemplateVersionParameter> = {}): TemplateVersionParameter {
  return {
    name,
    description: "",
    description_plaintext: "",
    type: "string",
    form_type: "input",
    mutable: true,
    default_value: `${name}-default`,
    icon: "",
    options: [],
    required: false,
    ephemeral: false,
    ...more,
  };
}

function sources(more: { [Key in keyof ParameterSources]?: Record<string, string> }): ParameterSources {
  const map = (values: Record<string, string> | undefined) => new Map(Object.entries(values ?? {}));
  return {
    file: map(more.file),
    flags: map(more.flags),
    ephemeralFlags: map(more.ephemeralFlags),
    defaults: map(more.defaults),
    previous: more.previous === undefined ? undefined : map(more.previous),
    preset: map(more.preset),
  };
}

function valuesOf(parameters: readonly TemplateVersionParameter[], given: ParameterSources): Record<string, string> {
  return Object.fromEntries(planParameters(parameters, given).values.map(({ name, value }) => [name, value]));
}

describe("a value comes from", () => {
  const cpus = [parameter("cpus")];
  const all = {
    file: { cpus: "file" },
    flags: { cpus: "flag" },
    preset: { cpus: "preset" },
    previous: { cpus: "before" },
  };

  test.for([
    ["the preset first", all, "preset"],
    ["then a flag", { file: all.file, flags: all.flags, previous: all.previous }, "flag"],
    ["then the file", { file: all.file, previous: all.previous }, "file"],
    ["then the last build", { previous: all.previous }, "before"],
  ] as const)("%s", ([, given, value]) => {
    expect(valuesOf(cpus, sources(given))).toEqual({ cpus: value });
  });
});

describe("left open are", () => {
  function openOf(parameters: readonly TemplateVersionParameter[], given: ParameterSources) {
    return planParameters(parameters, given).open.map(({ parameter: { name }, initial }) => [name, initial]);
  }

  test("on create all that nothing decides, with the template's default", () => {
    const parameters = [parameter("a"), parameter("b", { required: true, default_value: "" }), parameter("c")];

    expect(openOf(parameters, sources({ flags: { c: "x" }, defaults: { a: "mine" } }))).toEqual([
      ["a", "mine"],
      ["b", undefined],
    ]);
  });

  test("never an ephemeral one", () => {
    expect(openOf([parameter("once", { ephemeral: true })], sources({}))).toEqual([]);
  });

  test("later only what the template demands and the workspace lacks", () => {
    const option = (value: string) => ({ name: value, description: "", value, icon: "" });
    const parameters = [
      parameter("optional"),
      parameter("demanded", { required: true }),
      parameter("fixed", { mutable: false }),
      parameter("known", { required: true }),
      parameter("withdrawn", { options: [option("new")] }),
    ];

    const open = openOf(parameters, sources({ previous: { known: "x", withdrawn: "old" } }));

    expect(open.map(([name]) => name)).toEqual(["demanded", "fixed", "withdrawn"]);
  });
});

test("an immutable value of the last build is not sent again", () => {
  expect(valuesOf([parameter("region", { mutable: false })], sources({ previous: { region: "eu" } }))).toEqual({});
});

test("a flag against the preset is said to be of no use", () => {
  const plan = planParameters([parameter("cpus")], sources({ preset: { cpus: "2" }, flags: { cpus: "4" } }));

  expect(plan.warnings).toEqual(['The preset sets "cpus" to "2"; "4" is not used.']);
});

describe("refused before anything is made:", () => {
  const parameters = [
    parameter("cpus"),
    parameter("region", { mutable: false }),
    parameter("once", { ephemeral: true }),
  ];

  test.for([
    [{ flags: { nope: "1" } }, '--parameter: the template has no parameter "nope"; it has cpus, region, once.'],
    [
      { file: { nope: "1" } },
      '--rich-parameter-file: the template has no parameter "nope"; it has cpus, region, once.',
    ],
    [{ flags: { once: "1" } }, '--parameter: "once" lasts for one build only; give it with --ephemeral-parameter.'],
    [
      { ephemeralFlags: { cpus: "1" } },
      '--ephemeral-parameter: "cpus" is kept from build to build; give it with --parameter.',
    ],
    [
      { flags: { region: "us" }, previous: { region: "eu" } },
      '--parameter: "region" cannot be changed once the workspace exists.',
    ],
  ] as const)("%j", ([given, problem]) => {
    expect(planParameters(parameters, sources(given)).problems).toEqual([problem]);
  });

  test.for([
    { flags: { region: "eu" }, previous: { region: "eu" } },
    { flags: { region: "eu" } },
    { ephemeralFlags: { once: "1" } },
  ])("but not %j", (given) => {
    expect(planParameters(parameters, sources(given)).problems).toEqual([]);
  });
});
