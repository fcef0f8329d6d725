import { expect, test } from "vitest";
import type { Bench } from "./bench.ts";
import { OrderError, readOrder } from "./order.ts";

const bench = (isLong: boolean): Bench => ({ about: "", isLong, measure: async () => await Promise.resolve([]) });
const benches = { claim: bench(false), cold: bench(false), burst: bench(true) };
const order = (...args: string[]) => readOrder(args, benches);

test("without a name, the short ones, once", () => {
  expect(order()).toMatchObject({ names: ["claim", "cold"], runs: 20, repeats: 1, isFull: false, isProfiled: false });
});

test("full: all of them, with all samples, five times", () => {
  expect(order("full")).toMatchObject({ names: ["claim", "cold", "burst"], runs: undefined, repeats: 5, isFull: true });
});

test("names, in the order in which they run; numbers beat what is usual", () => {
  expect(order("burst", "claim", "--runs", "7", "--repeats", "3", "--json", "f", "--profile")).toEqual({
    names: ["claim", "burst"],
    runs: 7,
    repeats: 3,
    isFull: false,
    json: "f",
    isProfiled: true,
  });
  expect(order("full", "cold", "--repeats", "2")).toMatchObject({ names: ["cold"], runs: undefined, repeats: 2 });
});

test.for([
  [["speed"], 'There is no bench "speed": there are claim, cold, burst.'],
  [["--runs", "0"], '--runs is a whole number from 1 on, not "0".'],
  [["--repeats", "many"], '--repeats is a whole number from 1 on, not "many".'],
  [["--what"], "--what"],
] as const)("%j is refused", ([args, message]) => {
  expect(() => order(...args)).toThrow(OrderError);
  expect(() => order(...args)).toThrow(message);
});
