import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import { systemClock } from "@hearth/base";
import fc from "fast-check";
import { expect, test } from "vitest";
import { memoryPair } from "./memory-pair.ts";

test("what is written to one end is read from the other, chopped or not", async () => {
  const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(chunks, fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }), async (written, size) => {
      const [one, two] = memoryPair(size === undefined ? {} : { chop: () => size });
      const read = buffer(two);
      for (const chunk of written) one.write(chunk);
      one.end();

      expect(await read).toEqual(Buffer.concat(written));
    }),
    { numRuns: 50 },
  );
});

test("a writer waits for the reader", async () => {
  const [one, two] = memoryPair({ highWaterMarkBytes: 10 });
  let isTaken = false;
  one.write(Buffer.alloc(100));
  one.write(Buffer.alloc(1), () => (isTaken = true));
  await turn();
  expect(isTaken).toBe(false);

  two.resume();
  await turn();

  expect(isTaken).toBe(true);
});

test("each direction ends on its own", async () => {
  const [one, two] = memoryPair();
  one.end("question");
  expect(await buffer(two)).toEqual(Buffer.from("question"));

  two.end("answer");

  expect(await buffer(one)).toEqual(Buffer.from("answer"));
});

test("destroying one end breaks the other", async () => {
  const [one, two] = memoryPair();
  const broken = once(two, "error");

  one.destroy();

  await expect(broken).resolves.toMatchObject([{ message: "The other end of the pair was destroyed." }]);
});

function turn(): Promise<void> {
  return systemClock.sleep(0);
}
