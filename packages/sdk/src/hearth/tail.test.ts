import fc from "fast-check";
import { expect, test } from "vitest";
import { Tail } from "./tail.ts";

const encoder = new TextEncoder();

test("what fits is there whole", () => {
  const tail = new Tail(100);
  tail.push(encoder.encode("he"));
  tail.push(encoder.encode("llo"));

  expect([tail.text(), tail.droppedBytes]).toEqual(["hello", 0]);
});

test("however it comes, the last bytes are kept and the others counted", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: "grapheme-ascii", maxLength: 9 })),
      fc.integer({ min: 1, max: 20 }),
      (parts, most) => {
        const tail = new Tail(most);
        for (const part of parts) tail.push(encoder.encode(part));
        const all = parts.join("");

        expect(tail.text()).toBe(all.slice(-most));
        expect(tail.droppedBytes).toBe(Math.max(0, all.length - most));
      },
    ),
  );
});

test("a character that was cut is left out", () => {
  const tail = new Tail(4);
  tail.push(encoder.encode("aé€b"));

  expect(tail.text()).toBe("€b");
  tail.push(encoder.encode("c"));
  expect(tail.text()).toBe("bc");
});
