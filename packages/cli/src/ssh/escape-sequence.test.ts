import fc from "fast-check";
import { expect, test } from "vitest";
import { EscapeSequence } from "./escape-sequence.ts";

function type(...chunks: string[]): { keys: string; leaves: boolean } {
  const sequence = new EscapeSequence();
  let keys = "";
  for (const chunk of chunks) {
    const typed = sequence.feed(Buffer.from(chunk));
    keys += typed.keys.toString();
    if (typed.leaves) return { keys, leaves: true };
  }
  return { keys, leaves: false };
}

test.for([
  ["at once", ["~."], { keys: "", leaves: true }],
  ["after a line", ["ls\r~."], { keys: "ls\r", leaves: true }],
  ["key by key", ["ls\r", "~", "."], { keys: "ls\r", leaves: true }],
  ["not in the middle of a line", ["ls ~."], { keys: "ls ~.", leaves: false }],
  ["two tildes are one", ["~~."], { keys: "~.", leaves: false }],
  ["a tilde before another key is sent with it", ["~/bin\r"], { keys: "~/bin\r", leaves: false }],
  ["a tilde waits for its key", ["\r~"], { keys: "\r", leaves: false }],
] as const)("%s", ([, chunks, result]) => {
  expect(type(...chunks)).toEqual(result);
});

test("what is typed does not depend on how it is cut", () => {
  const keys = fc.string({ unit: fc.constantFrom("~", ".", "\r", "x") });
  fc.assert(
    fc.property(keys, (text) => {
      expect(type(...text.split(""))).toEqual(type(text));
    }),
  );
});
