import { expect, test } from "vitest";
import { FakeClock } from "@hearth/base/fake-clock";
import { faultOfWorkspaceName } from "../workspaces/index.ts";
import { prebuildName } from "./name.ts";
import { PacedWake } from "./paced-wake.ts";
import { eachOf, parallelismOf } from "./parallelism.ts";

test("[prebuilds 106] names are unique, 24 characters, and names of workspaces", () => {
  const names = Array.from({ length: 100_000 }, () => prebuildName());

  expect(new Set(names).size).toBe(names.length);
  expect(names.every((name) => /^prebuild-[a-z2-7]{15}$/.test(name))).toBe(true);
  expect(faultOfWorkspaceName(names[0] ?? "")).toBeUndefined();
});

test("a name is the base32 of its bytes", () => {
  expect(prebuildName(() => new TextEncoder().encode("foobarbaz"))).toBe("prebuild-mzxw6ytbojrgc6q");
});

test.for([
  [0, 1],
  [1, 1],
  [2, 1],
  [9, 4],
  [10, 5],
  [100, 5],
] as const)("[prebuilds 97] with %d connections %d presets are worked on at once", ([connections, parallelism]) => {
  expect(parallelismOf(connections)).toBe(parallelism);
});

test("[prebuilds 96] one that throws leaves the others alone, and no more than the limit run at once", async () => {
  let running = 0;
  let most = 0;
  const done: number[] = [];

  const failed = await eachOf([1, 2, 3, 4, 5], 2, async (item) => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
    if (item === 2) throw new Error("broken");
    done.push(item);
  });

  expect(failed.map(({ item }) => item)).toEqual([2]);
  expect(done).toEqual([1, 3, 4, 5]);
  expect(most).toBe(2);
});

function paced() {
  const clock = new FakeClock();
  const paced = new PacedWake(clock, new AbortController().signal);
  const heard: number[] = [];
  const startMs = clock.now();
  paced.wake.subscribe(() => heard.push(clock.now() - startMs));
  const work = (ms: number) => paced.work(() => clock.sleep(ms));
  return { clock, paced, heard, work };
}

test("[prebuilds 108] wakes after quiet are one, heard a breath after the first", async () => {
  const { clock, paced: bell, heard } = paced();

  bell.ring();
  await clock.advance(30);
  bell.ring();
  await clock.advance(30);

  expect(heard).toEqual([40]);
});

test("[prebuilds 108] wakes during and after a cycle are one, after a pause as long as the cycle was heavy", async () => {
  const { clock, paced: bell, heard, work } = paced();
  const cycle = work(100);
  bell.ring();
  await clock.advance(100);
  await cycle;
  bell.ring();
  bell.ring();

  await clock.advance(399);
  expect(heard).toEqual([]);
  await clock.advance(1);
  expect(heard).toEqual([500]);
});

test("no pause is longer than two seconds", async () => {
  const { clock, paced: bell, heard, work } = paced();
  const cycle = work(60_000);
  await clock.advance(60_000);
  await cycle;
  bell.ring();

  await clock.advance(2_000);
  expect(heard).toEqual([62_000]);
});
