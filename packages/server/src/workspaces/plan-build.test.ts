import { describe, expect, test } from "vitest";
import { BuildError } from "./build-error.ts";
import { decideClaim } from "./claim.ts";
import { mergeTags } from "./job-tags.ts";
import { planBuild, type BuildRequest, type PreviousBuild } from "./plan-build.ts";
import { declare } from "../testing/declare.ts";
import type { PresetFacts, VersionWithPools } from "./version-facts.ts";

const small: PresetFacts = {
  id: "small",
  name: "small",
  isDefault: true,
  parameters: [{ name: "size", value: "S" }],
  desiredInstances: 1,
};

const version: VersionWithPools = {
  id: "v1",
  templateId: "t",
  name: "v1",
  isArchived: false,
  language: "native",
  engine: "process",
  claimTouchesInfrastructure: false,
  importStatus: "succeeded",
  fileId: "f",
  tags: { scope: "organization", owner: "" },
  parameters: [declare({ name: "size", defaultValue: "S" })],
  presets: [small],
};

const start: BuildRequest = { transition: "start", ownerId: "u", templateId: "t", given: [], presetId: undefined };
const previous: PreviousBuild = {
  number: 4,
  versionId: "v1",
  jobStatus: "succeeded",
  parameters: [{ name: "size", value: "L" }],
};

function kindOf(plan: () => unknown): string | undefined {
  try {
    plan();
  } catch (error) {
    if (error instanceof BuildError) return error.kind;
    throw error;
  }
  return undefined;
}

test("builds count from 1 without gaps", () => {
  expect([planBuild(start, version, undefined).number, planBuild(start, version, previous).number]).toEqual([1, 5]);
});

test("a plan says what its build is made of", () => {
  const facts = { ...version, tags: { gpu: "1" } };

  expect(planBuild({ ...start, presetId: "small" }, facts, undefined)).toEqual({
    transition: "start",
    number: 1,
    versionId: "v1",
    presetId: "small",
    parameters: [{ name: "size", value: "S" }],
    secretNames: [],
    tags: { gpu: "1", scope: "organization", owner: "" },
    language: "native",
    engine: "process",
    fileId: "f",
  });
});

test("what is given for one build alone is among its secrets", () => {
  const parameters = [
    ...version.parameters,
    declare({ name: "token", defaultValue: "", ephemeral: true, mutable: true }),
  ];

  expect(planBuild(start, { ...version, parameters }, undefined).secretNames).toEqual(["token"]);
});

test("a preset that was named counts, with its values, though another has the same", () => {
  const presets = ["first", "second"].map((id) => ({ ...small, id, parameters: [{ name: "size", value: "M" }] }));

  expect(planBuild({ ...start, presetId: "second" }, { ...version, presets }, undefined)).toMatchObject({
    presetId: "second",
    parameters: [{ name: "size", value: "M" }],
  });
});

test("[builds 21] an empty request can be a preset by its defaults", () => {
  expect(planBuild(start, version, undefined).presetId).toBe("small");
});

test("the values of the last build are another thing", () => {
  expect(planBuild(start, version, previous)).toMatchObject({
    presetId: null,
    parameters: [{ name: "size", value: "L" }],
  });
});

test.for([
  ["[builds 29] a version of another template", { ...version, templateId: "other" }, "foreign_version", 400],
  ["an unknown version", undefined, "unknown_version", 400],
  ["[builds 11] an import that runs", { ...version, importStatus: "running" }, "import_unfinished", 406],
  ["an import that waits", { ...version, importStatus: "pending" }, "import_unfinished", 406],
  ["a failed import", { ...version, importStatus: "failed" }, "import_failed", 400],
  ["a canceled import", { ...version, importStatus: "canceled" }, "import_failed", 400],
  ["an import that is being canceled", { ...version, importStatus: "canceling" }, "import_failed", 400],
  ["an import of which nothing is known", { ...version, importStatus: "unknown" }, "import_failed", 400],
] as const)("%s gives no build", ([, facts, kind, status]) => {
  const plan = () => planBuild(start, facts, undefined);

  expect(kindOf(plan)).toBe(kind);
  expect(plan).toThrow(expect.objectContaining({ status }) as Error);
});

test.for([
  ["canceling", "was canceled"],
  ["canceled", "was canceled"],
  ["failed", "failed"],
  ["unknown", "failed"],
] as const)("of an import that is %s it is said that it %s", ([importStatus, what]) => {
  expect(() => planBuild(start, { ...version, importStatus }, undefined)).toThrow(`${what}: choose another version`);
});

test.for(["pending", "running", "canceling"] as const)("[builds 26] no build beside one that is %s", (jobStatus) => {
  const plan = () => planBuild(start, version, { ...previous, jobStatus });

  expect(kindOf(plan)).toBe("build_active");
  expect(plan).toThrow(expect.objectContaining({ detail: expect.stringContaining("cancel it") as string }) as Error);
});

test.for(["succeeded", "failed", "canceled"] as const)("a build may follow one that is %s", (jobStatus) => {
  expect(kindOf(() => planBuild(start, version, { ...previous, jobStatus }))).toBeUndefined();
});

test("an unknown preset is named", () => {
  expect(() => planBuild({ ...start, presetId: "x" }, version, undefined)).toThrow(
    expect.objectContaining({
      status: 400,
      validations: [{ field: "template_version_preset_id", detail: "no preset of this template version" }],
    }) as Error,
  );
});

test("[builds 25] a stop is planned whatever the parameters say", () => {
  const strict = {
    ...version,
    parameters: [declare({ name: "new", required: true }), declare({ name: "size", type: "number" })],
  };

  expect(planBuild({ ...start, transition: "stop" }, strict, previous).parameters).toEqual([
    { name: "new", value: "" },
    { name: "size", value: "L" },
  ]);
  const plan = () => planBuild(start, strict, previous);
  expect(kindOf(plan)).toBe("parameters");
  const validations = ["new", "size"].map((name) => expect.objectContaining({ field: name }) as object);
  expect(plan).toThrow(expect.objectContaining({ validations }) as Error);
});

describe("tags", () => {
  test.for([
    ["without a scope are the organization's", [{}], { scope: "organization", owner: "" }],
    [
      "of an unknown scope are the organization's",
      [{ scope: "team", owner: "x" }],
      { scope: "organization", owner: "" },
    ],
    ["of the user's scope are the owner's", [{ scope: "user", owner: "author" }], { scope: "user", owner: "u" }],
    ["later ones win", [{ a: "1", b: "1" }, { a: "2" }], { a: "2", b: "1", scope: "organization", owner: "" }],
    ["an empty value overrides nothing", [{ a: "1" }, { a: "" }], { a: "1", scope: "organization", owner: "" }],
  ] as const)("%s", ([, sets, expected]) => {
    expect(mergeTags("u", ...sets)).toEqual(expected);
  });

  test("a NUL byte is refused", () => {
    expect(kindOf(() => mergeTags("u", { a: "\0" }))).toBe("tags");
  });
});

describe("whether a pool is asked", () => {
  const open = declare({ name: "greeting", defaultValue: "hello", deliverableAtClaim: true });
  const native = { ...version, parameters: [...version.parameters, open] };
  const given = (values: Readonly<Record<string, string>>) =>
    Object.entries(values).map(([name, value]) => ({ name, value }));

  function decide(
    facts: VersionWithPools,
    values: Readonly<Record<string, string>>,
    presetId?: string,
    activeVersionId = "v1",
  ) {
    const request = { ...start, given: given(values), presetId };
    return decideClaim(facts, planBuild(request, facts, undefined), { presetId, activeVersionId });
  }

  test("by the preset that was named", () => {
    expect(decide(native, {}, "small")).toMatchObject({ try: true, fixedParameters: { size: "S" } });
  });

  test("by the values that were given", () => {
    expect(decide(native, { size: "S", greeting: "hi" })).toMatchObject({ try: true, preset: { id: "small" } });
  });

  test("by the defaults, where nothing was given", () => {
    expect(decide(native, {})).toMatchObject({ try: true, preset: { id: "small" } });
  });

  test("not by values that no pool has", () => {
    expect(decide(native, { size: "L" })).toEqual({ try: false, why: undefined });
  });

  test("not for an old version", () => {
    expect(decide(native, {}, "small", "v2")).toEqual({ try: false, why: undefined });
  });

  test("not for a preset without a pool", () => {
    expect(decide({ ...native, presets: [{ ...small, desiredInstances: undefined }] }, {}, "small")).toEqual({
      try: false,
      why: undefined,
    });
  });

  test("not when a value that reaches the infrastructure differs, and the reason is told", () => {
    const presets = [{ ...small, parameters: [] }];

    expect(decide({ ...native, presets }, { size: "L" }, "small")).toEqual({
      try: false,
      why: expect.stringContaining('"size"') as string,
    });
  });

  test("where a claim applies the template again, only immutable parameters are fixed", () => {
    const presets = [{ ...small, parameters: [] }];
    const again = { ...native, presets, claimTouchesInfrastructure: true };

    expect(decide(again, { size: "L" }, "small")).toMatchObject({ try: true, fixedParameters: {} });
    const fixed = { ...again, parameters: [declare({ name: "size", defaultValue: "S", mutable: false })] };
    expect(decide(fixed, { size: "L" }, "small")).toMatchObject({ try: false });
  });
});
