import { expect, test } from "vitest";
import { findBestPreset, findEqualPreset } from "./match-preset.ts";

function preset(name: string, values: Readonly<Record<string, string>>, isDefault = false) {
  return { id: name, name, isDefault, parameters: listOf(values) };
}

function listOf(values: Readonly<Record<string, string>>) {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

const one = preset("one", { size: "L" });
const two = preset("two", { size: "L", region: "eu" });
const none = preset("none", {});

test.for([
  ["[builds 21] values that equal a preset's are that preset", [one, two], { size: "L", region: "eu" }, "two"],
  ["[builds 22] one value more is another thing", [one], { size: "L", region: "eu" }, undefined],
  ["one value less is another thing", [two], { size: "L" }, undefined],
  ["another value is another thing", [one], { size: "S" }, undefined],
  ["no parameters at all equal a preset without any", [none], {}, "none"],
  ["of equal ones the default is it", [preset("a", { x: "1" }), preset("b", { x: "1" }, true)], { x: "1" }, "b"],
  ["of equal ones the first by name is it", [preset("b", { x: "1" }), preset("a", { x: "1" })], { x: "1" }, "a"],
] as const)("%s", ([, presets, values, expected]) => {
  expect(findEqualPreset(presets, listOf(values))?.id).toBe(expected);
});

test.for([
  ["[prebuilds 118] the preset that says most is it", [one, two, none], { size: "L", region: "eu", more: "1" }, "two"],
  ["[prebuilds 118] a part is enough", [one, two], { size: "L", region: "us" }, "one"],
  ["[prebuilds 118] no preset fits", [one, two], { size: "S" }, undefined],
  ["[prebuilds 118] a preset without values fits everything", [none, two], { size: "S" }, "none"],
  ["[prebuilds 118] nothing said: a preset without values, or none", [one, none], {}, "none"],
  ["[prebuilds 118] nothing said and none without values", [one], {}, undefined],
  [
    "of two that say as much the default is it",
    [preset("a", { x: "1" }), preset("b", { y: "2" }, true)],
    { x: "1", y: "2" },
    "b",
  ],
  ["then the first by name", [preset("b", { x: "1" }), preset("a", { y: "2" })], { x: "1", y: "2" }, "a"],
] as const)("%s", ([, presets, values, expected]) => {
  expect(findBestPreset(presets, listOf(values))?.id).toBe(expected);
});
