import fc from "fast-check";
import { expect, test } from "vitest";
import { formatDuration, parseDuration } from "./duration.ts";

test.for([
  ["90m", 5_400_000],
  ["1h30m", 5_400_000],
  ["1.5h", 5_400_000],
  ["7d", 604_800_000],
  ["250ms", 250],
  ["0", 0],
  ["0s", 0],
] as const)("%s is %i ms", ([text, ms]) => {
  expect(parseDuration(text)).toBe(ms);
});

test.for(["", "3", "3x", "h", "-1h", "1h ", "1 h", "1h30", "1e3s", "99999999999999999999d"])(
  "%j is no duration",
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

test.for([
  [0, "0"],
  [5_400_000, "1h30m"],
  [604_800_000, "7d"],
  [90_061_001, "1d1h1m1s1ms"],
] as const)("%i ms is written %s", ([ms, text]) => {
  expect(formatDuration(ms)).toBe(text);
});

test("what is written is read back", () => {
  fc.assert(fc.property(fc.nat(), (ms) => parseDuration(formatDuration(ms)) === ms));
});
