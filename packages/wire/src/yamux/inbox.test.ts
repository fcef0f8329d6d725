import fc from "fast-check";
import { expect, test } from "vitest";
import { Inbox } from "./inbox.ts";

test("bytes come out in the order they went in", () => {
  const steps = fc.array(
    fc.option(fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 4000, max: 20_000 }))),
    {
      maxLength: 60,
    },
  );
  fc.assert(
    fc.property(steps, (sizes) => {
      const inbox = new Inbox();
      const added: Buffer[] = [];
      const taken: Buffer[] = [];
      for (const [turn, size] of sizes.entries()) {
        if (size === null) {
          const chunk = inbox.take();
          if (chunk) taken.push(Buffer.from(chunk));
          continue;
        }
        const payload = Buffer.alloc(size, turn);
        added.push(Buffer.from(payload));
        inbox.add(payload);
      }
      const sizeBefore = inbox.sizeBytes;
      const rest: Buffer[] = [];
      for (let chunk = inbox.take(); chunk; chunk = inbox.take()) rest.push(chunk);

      expect(Buffer.concat(rest).length).toBe(sizeBefore);
      expect(inbox.sizeBytes).toBe(0);
      expect(Buffer.concat([...taken, ...rest]).equals(Buffer.concat(added))).toBe(true);
    }),
  );
});

test.for([1, 17, 255, 4095, 4096, 9000])(
  "payloads of %i bytes, each in a large chunk, keep little more than themselves",
  (size) => {
    const inbox = new Inbox();
    for (let sum = 0; sum + size <= Math.min(262_144, size * 5000); sum += size) {
      const chunk = Buffer.allocUnsafeSlow(32_768);
      inbox.add(chunk.subarray(100, 100 + size));
    }

    const kept = new Set<ArrayBufferLike>();
    const held = inbox.sizeBytes;
    for (let chunk = inbox.take(); chunk; chunk = inbox.take()) kept.add(chunk.buffer);
    const keptBytes = [...kept].reduce((sum, memory) => sum + memory.byteLength, 0);

    expect(keptBytes).toBeLessThan(2 * held + 16_384);
    expect(kept.size).toBeLessThan(held / 4096 + 20);
  },
);

test("a cleared inbox holds nothing", () => {
  const inbox = new Inbox();
  inbox.add(Buffer.from("abc"));

  inbox.clear();

  expect(inbox.sizeBytes).toBe(0);
  expect(inbox.take()).toBeUndefined();
});
