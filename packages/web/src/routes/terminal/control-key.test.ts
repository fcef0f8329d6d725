import { expect, test } from "vitest";
import { withControl } from "./control-key.ts";

test.for([
  ["c", "\u0003"],
  ["C", "\u0003"],
  ["d", "\u0004"],
  ["[", "\u001b"],
  ["\\", "\u001c"],
  ["1", "1"],
  ["", ""],
  ["cd", "\u0003d"],
] as const)("Ctrl and %j types %j", ([data, typed]) => {
  expect(withControl(data)).toBe(typed);
});
