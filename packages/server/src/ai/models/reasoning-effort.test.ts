import { ReasoningEffort, type ChatModelCallConfig } from "@hearth/sdk";
import fc from "fast-check";
import { expect, test } from "vitest";
import { effectiveEffort, effortsOf } from "./reasoning-effort.ts";

type Setting = ChatModelCallConfig["reasoning_effort"];

test.for<[asked: ReasoningEffort | undefined, setting: Setting, expected: ReasoningEffort | undefined]>([
  ["max", { max: "high" }, "high"],
  ["low", { max: "high" }, "low"],
  [undefined, { default: "medium", max: "high" }, "medium"],
  [undefined, { max: "high" }, undefined],
  ["xhigh", { default: "low" }, "xhigh"],
  ["none", { default: "high" }, "none"],
  ["max", undefined, undefined],
])("a chat asks for %s of a model with %j: %s [chat 211]", ([asked, setting, expected]) => {
  expect(effectiveEffort(setting === undefined ? {} : { reasoning_effort: setting }, asked)).toBe(expected);
});

test("what a chat may ask for is what it gets [chat 211]", () => {
  const effort = fc.constantFrom(...ReasoningEffort.options);
  fc.assert(
    fc.property(effort, fc.option(effort, { nil: undefined }), (asked, max) => {
      const options = { reasoning_effort: max === undefined ? {} : { max } };
      expect(effectiveEffort(options, asked) === asked).toBe(effortsOf(options).includes(asked));
    }),
  );
});
