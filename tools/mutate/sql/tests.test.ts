import { expect, test } from "vitest";
import { hasPassed } from "./tests.ts";

const module = (moduleId: string, state: "passed" | "failed", passed = 1) => ({
  moduleId,
  state: () => state,
  children: { allTests: () => Array.from({ length: passed }).values() as never }, // counted only
});

test("what an earlier run of another file came to says nothing of this one", () => {
  const testModules = [module("/a", "failed"), module("/b", "passed")];
  expect(hasPassed("/b", { testModules, unhandledErrors: [] })).toBe(true);
  expect(hasPassed("/a", { testModules, unhandledErrors: [] })).toBe(false);
});

test("where nothing ran, or something threw outside of a test, nothing passed", () => {
  expect(hasPassed("/a", { testModules: [], unhandledErrors: [] })).toBe(false);
  expect(hasPassed("/a", { testModules: [module("/a", "passed", 0)], unhandledErrors: [] })).toBe(false);
  expect(hasPassed("/a", { testModules: [module("/a", "passed")], unhandledErrors: [new Error("late")] })).toBe(false);
});
