import fc from "fast-check";
import { expect, test } from "vitest";
import { unmask } from "./unmask.ts";

test("unmasking is exclusive-or with the key, whatever the alignment and the place in the frame", () => {
  const shortBytes = fc.uint8Array({ maxLength: 70 });
  fc.assert(
    fc.property(
      shortBytes,
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.nat(7),
      fc.nat(9),
      (data, key, shift, phase) => {
        const memory = Buffer.alloc(data.length + shift);
        memory.set(data, shift);
        const bytes = memory.subarray(shift);

        unmask(bytes, Buffer.from(key), phase);

        const wanted = data.map((byte, index) => byte ^ (key[(phase + index) % 4] ?? 0));
        expect([...bytes]).toEqual([...wanted]);
      },
    ),
  );
});
