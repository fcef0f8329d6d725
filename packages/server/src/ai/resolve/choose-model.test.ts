import { expect, test } from "vitest";
import { chooseModel } from "./usable-models.ts";

const model = (id: string, facts: { enabled?: boolean; is_default?: boolean } = {}) => ({
  id,
  enabled: true,
  is_default: false,
  ...facts,
});
const standard = model("default", { is_default: true });

test.for<[string, ReturnType<typeof model>[], string[], string | undefined]>([
  ["the first that is wanted", [standard, model("a"), model("b")], ["a", "b"], "a"],
  ["the next, where that is disabled", [standard, model("a", { enabled: false }), model("b")], ["a", "b"], "b"],
  ["the default, where none of them can be used", [standard, model("a", { enabled: false })], ["a", "gone"], "default"],
  ["the default, where nothing is wanted", [standard, model("a")], [], "default"],
  [
    "none, where the default cannot be used",
    [model("default", { is_default: true, enabled: false })],
    ["gone"],
    undefined,
  ],
  ["none, where there is none", [], ["a"], undefined],
])("the model of a turn is %s", ([, readable, wanted, expected]) => {
  expect(chooseModel(readable, wanted)?.id).toBe(expected);
});
