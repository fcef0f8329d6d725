import { expect, test } from "vitest";
import { Mutex } from "./mutex.ts";

test("one at a time, in the order of asking", async () => {
  const mutex = new Mutex();
  const order: string[] = [];
  let inside = 0;

  await Promise.all(
    ["a", "b", "c"].map((name) =>
      mutex.run(async () => {
        expect(++inside).toBe(1);
        await Promise.resolve();
        order.push(name);
        inside--;
      }),
    ),
  );

  expect(order).toEqual(["a", "b", "c"]);
});

test("the lock is let go when the work fails, and its error is passed on", async () => {
  const mutex = new Mutex();

  await expect(mutex.run(() => Promise.reject(new Error("no")))).rejects.toThrow("no");

  await expect(mutex.run(async () => "yes")).resolves.toBe("yes");
});

test("who stops waiting loses its place, and those behind it still get their turn", async () => {
  const mutex = new Mutex();
  const stop = new AbortController();
  const held = await mutex.lock();
  const left = mutex.lock({ signal: stop.signal });
  const next = mutex.run(async () => "mine");

  stop.abort("gone");
  await expect(left).rejects.toBe("gone");
  held[Symbol.dispose]();

  await expect(next).resolves.toBe("mine");
});

test("letting go twice does not let two in", async () => {
  const mutex = new Mutex();
  const first = await mutex.lock();
  const second = mutex.lock();
  let isThirdIn = false;
  const third = mutex.lock().then((lock) => {
    isThirdIn = true;
    return lock;
  });

  first[Symbol.dispose]();
  first[Symbol.dispose]();
  using secondLock = await second;
  await Promise.resolve();
  expect(isThirdIn).toBe(false);
  secondLock[Symbol.dispose]();

  using _thirdLock = await third;
  expect(isThirdIn).toBe(true);
});

test("a signal that has already aborted takes no lock", async () => {
  const mutex = new Mutex();

  await expect(mutex.lock({ signal: AbortSignal.abort("no") })).rejects.toBe("no");

  using _lock = await mutex.lock();
});
