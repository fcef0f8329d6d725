import { expect, test } from "vitest";
import { age, duration } from "./duration.ts";

const s = 1_000;
const min = 60 * s;
const h = 60 * min;
const d = 24 * h;

test.for([
  [0, "0 ms"],
  [31, "31 ms"],
  [31.4, "31 ms"],
  [999, "999 ms"],
  [999.6, "1 s"],
  [1_000, "1 s"],
  [4_120, "4.1 s"],
  [9_949, "9.9 s"],
  [9_950, "10 s"],
  [52_000, "52 s"],
  [59_900, "1 min"],
  [3 * min + 20 * s, "3 min 20 s"],
  [45 * min + 20 * s, "45 min"],
  [h + 12 * min, "1 h 12 min"],
  [11 * h + 12 * min, "11 h"],
  [2 * d + 5 * h, "2 d 5 h"],
  [12 * d + 5 * h, "12 d"],
  [-5, "0 ms"],
] as const)("%i ms is %s", ([ms, words]) => {
  expect(duration(ms)).toBe(words);
});

test.for([
  [-200, "0 s"],
  [0, "0 s"],
  [59_999, "59 s"],
  [min, "1 min"],
  [59 * min + 59 * s, "59 min"],
  [h, "1 h"],
  [h + 12 * min + 59 * s, "1 h 12 min"],
  [3 * d, "3 d"],
  [400 * d, "400 d"],
] as const)("an age of %i ms is %s", ([ms, words]) => {
  expect(age(ms)).toBe(words);
});
