import { expect, test } from "vitest";
import { SetsByKey } from "./sets-by-key.ts";

test("each key has its own values, each of them once", () => {
  const sets = new SetsByKey<string>();
  for (const [key, value] of [
    ["a", "one"],
    ["a", "two"],
    ["a", "two"],
    ["b", "two"],
  ] as const)
    sets.add(key, value);

  expect([...sets.get("a")]).toEqual(["one", "two"]);
  expect([...sets.get("b")]).toEqual(["two"]);
  expect([...sets.get("c")]).toEqual([]);
  sets.delete("a", "two");
  expect([[...sets.get("a")], [...sets.get("b")]]).toEqual([["one"], ["two"]]);
});

test("nothing is kept of a key when its last value went, nor of one that was only asked about", () => {
  const sets = new SetsByKey<string>();
  for (const value of ["one", "two"]) sets.add("a", value);

  sets.delete("a", "one");
  sets.delete("b", "one");
  expect([...sets.get("b")]).toEqual([]);
  expect(sets.size).toBe(1);
  sets.delete("a", "two");
  sets.delete("a", "two");

  expect(sets.size).toBe(0);
});
