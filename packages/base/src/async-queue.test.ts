import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AsyncQueue } from "./async-queue.ts";

async function readAll<T>(queue: AsyncQueue<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of queue) items.push(item);
  return items;
}

describe("AsyncQueue", () => {
  test("items come out in order, those in line at closing included", async () => {
    const queue = new AsyncQueue<number>({ capacity: 10 });
    const all = readAll(queue);

    queue.push(1);
    await Promise.resolve();
    queue.push(2);
    queue.push(3);
    queue.close();

    await expect(all).resolves.toEqual([1, 2, 3]);
  });

  test("a full line refuses", () => {
    const queue = new AsyncQueue<number>({ capacity: 2 });

    expect([1, 2, 3].map((item) => queue.push(item))).toEqual([true, true, false]);
    expect(queue.size).toBe(2);
  });

  test("taking makes room again", async () => {
    const queue = new AsyncQueue<number>({ capacity: 1 });
    const items = queue[Symbol.asyncIterator]();
    queue.push(1);

    await expect(items.next()).resolves.toEqual({ done: false, value: 1 });

    expect(queue.push(2)).toBe(true);
    await items.return();
  });

  test("a closed line refuses", () => {
    const queue = new AsyncQueue<number>({ capacity: 2 });

    queue.close();

    expect(queue.push(1)).toBe(false);
    expect(queue.isClosed).toBe(true);
  });

  test("closing with an error delivers what is in line, then throws it", async () => {
    const queue = new AsyncQueue<number>({ capacity: 2 });
    queue.push(1);
    queue.close(new Error("cut"));
    queue.close(new Error("a later one does not count"));
    const seen: number[] = [];

    const reading = (async () => {
      for await (const item of queue) seen.push(item);
    })();

    await expect(reading).rejects.toThrow("cut");
    expect(seen).toEqual([1]);
  });

  test("closing ends a wait for the next item", async () => {
    const queue = new AsyncQueue<number>({ capacity: 2 });
    const all = readAll(queue);

    await Promise.resolve();
    queue.close();

    await expect(all).resolves.toEqual([]);
  });

  test("a consumer that leaves closes the queue and frees what is in line", async () => {
    const queue = new AsyncQueue<number>({ capacity: 5 });
    for (const item of [1, 2, 3]) queue.push(item);

    for await (const item of queue) if (item === 1) break;

    expect(queue.isClosed).toBe(true);
    expect(queue.size).toBe(0);
  });

  test("a second consumer is a mistake", async () => {
    const queue = new AsyncQueue<number>({ capacity: 5 });
    queue.push(1);
    const first = queue[Symbol.asyncIterator]();
    await first.next();

    await expect(readAll(queue)).rejects.toThrow("one consumer");
  });

  test("nothing accepted is lost, doubled or reordered, however pushing and taking mix", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { maxLength: 400 }),
        fc.integer({ min: 1, max: 300 }),
        async (steps, capacity) => {
          const queue = new AsyncQueue<number>({ capacity });
          const items = queue[Symbol.asyncIterator]();
          const accepted: number[] = [];
          const taken: number[] = [];

          for (const [i, isPush] of steps.entries()) {
            if (isPush) {
              if (queue.push(i)) accepted.push(i);
            } else if (queue.size > 0) {
              const next = await items.next();
              if (!next.done) taken.push(next.value);
            }
            expect(queue.size).toBe(accepted.length - taken.length);
            expect(queue.size).toBeLessThanOrEqual(capacity);
          }
          queue.close();
          for await (const item of items) taken.push(item);

          expect(taken).toEqual(accepted);
        },
      ),
    );
  });
});
