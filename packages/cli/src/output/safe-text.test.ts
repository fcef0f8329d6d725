import fc from "fast-check";
import { expect, test } from "vitest";
import { safeText } from "./safe-text.ts";

test.for([
  ["plain", "plain"],
  ["tab\tand\nline", "tab\tand\nline"],
  ["\u001b[31mred\u001b[0m", "red"],
  ["\u001b[2Jgone", "gone"],
  ["\u001b]0;title\u0007x", "x"],
  ["over\rwritten\b\b", "overwritten"],
  ["\u009b31mcsi", "csi"],
] as const)("%j becomes %j", ([text, safe]) => {
  expect(safeText(text)).toBe(safe);
});

test("colours stay where they are wanted, and nothing else", () => {
  expect(safeText("\u001b[1;31mred\u001b[0m\u001b[2J\u001b[5A", true)).toBe("\u001b[1;31mred\u001b[0m");
});

test("no control character gets through", () => {
  const anything = fc.string({
    unit: fc.oneof(
      fc.constantFrom("\u001b", "[", "]", "\u0007", "m", "\u009b", "\r"),
      fc.string({ minLength: 1, maxLength: 1 }),
    ),
  });
  fc.assert(fc.property(anything, (text) => !/[^\P{Cc}\t\n]/u.test(safeText(text))));
});
