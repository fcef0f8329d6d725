import { zeroTime } from "@hearth/sdk";
import { expect, test } from "vitest";
import { age, elapsed } from "./ages.ts";

const nowMs = Date.UTC(2026, 0, 1);

test.for([
  [0, "just now"],
  [-999, "just now"],
  [1_000, "1 second ago"],
  [59_999, "59 seconds ago"],
  [3 * 60_000, "3 minutes ago"],
  [25 * 3_600_000, "1 day ago"],
  [-2 * 3_600_000, "in 2 hours"],
  [400 * 86_400_000, "1 year ago"],
] as const)("%i ms before now is %s", ([ms, text]) => {
  expect(age(new Date(nowMs - ms).toISOString(), nowMs)).toBe(text);
});

test.for([null, undefined, zeroTime, "1970-01-01T00:00:00Z"])("%s never was", (instant) => {
  expect(age(instant, nowMs)).toBe("never");
});

test.for([
  [0.4, "0 ms"],
  [31, "31 ms"],
  [999, "999 ms"],
  [999.7, "1.0 s"],
  [1_234, "1.2 s"],
  [59_960, "1m 0s"],
  [125_000, "2m 5s"],
] as const)("%d ms reads %s", ([ms, text]) => {
  expect(elapsed(ms)).toBe(text);
});
