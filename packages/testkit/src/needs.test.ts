import { afterEach, expect, test, vi } from "vitest";
import { findProgram, needs } from "./needs.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

test.for([
  { name: "what npm test found missing is skipped", missing: "chromium,bwrap", needed: ["bwrap"], skip: true },
  { name: "so is what needs one of several that is", missing: "chromium", needed: ["git", "chromium"], skip: true },
  { name: "what is there is run", missing: "chromium", needed: ["git"], skip: false },
  { name: "nothing is skipped when nothing is missing", missing: "", needed: ["no-such-program"], skip: false },
  { name: "without being told, the PATH is asked", missing: undefined, needed: ["no-such-program"], skip: true },
  { name: "and finds what is there", missing: undefined, needed: ["sh"], skip: false },
])("$name", ({ missing, needed, skip }) => {
  vi.stubEnv("HEARTH_TEST_MISSING", missing);

  expect(needs(...needed)).toEqual({ skip });
});

test("a program is found by its path", () => {
  expect(findProgram("sh")).toMatch(/\/sh$/);
});
