import fc from "fast-check";
import { expect, test } from "vitest";
import { suggestUsername } from "./suggest-username.ts";

test.for([
  ["alice@example.com", "alice"],
  ["Alice.B_Smith+dev@example.com", "alice-b-smith-dev"],
  ["", ""],
  ["..@example.com", ""],
] as const)("%s suggests %s", ([email, name]) => {
  expect(suggestUsername(email)).toBe(name);
});

test("what is suggested is a name that the server takes, or nothing", () => {
  fc.assert(
    fc.property(fc.string(), (email) => {
      const name = suggestUsername(email);
      expect(name.length).toBeLessThanOrEqual(32);
      if (name !== "") expect(name).toMatch(/^[a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)*$/);
    }),
  );
});
