import { expect, test } from "vitest";
import { plainText } from "./plain-text.ts";

test.for<[string, string]>([
  ["", ""],
  ["**CPU** and _memory_", "CPU and memory"],
  ["# Size\n> of `it`", "Size\n of it"],
  ["see [the manual](https://example.com/a) first", "see the manual first"],
  ["![a picture](x.png) of it", "a picture of it"],
  ["[one](a) and [two](b)", "one and two"],
  ["[open", "[open"],
])("%j reads %j in a terminal", ([markdown, plain]) => {
  expect(plainText(markdown)).toBe(plain);
});

// Where each mark is looked for to the end of the text, these take hours: the test's time limit is what fails.
test.for(["[", "![a](", "[](["])("a text that is nothing but %j is read in one pass", (mark) => {
  const marks = mark.repeat(1_000_000);

  expect(plainText(marks)).toContain("[");
});
