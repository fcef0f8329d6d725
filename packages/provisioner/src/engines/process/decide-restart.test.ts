import { expect, test } from "vitest";
import { decideRestart, type RestartPolicy } from "./decide-restart.ts";

const policy: RestartPolicy = { baseMs: 1_000, maxMs: 5_000, limit: 4, windowMs: 60_000 };
const now = 1_000_000;
const longest = () => 1;

test.for([
  ["the first time at once", [], { restart: true, attempt: 1, waitMs: 0 }],
  ["then after waits that grow", [now - 1], { restart: true, attempt: 2, waitMs: 1_000 }],
  ["twice as long each time", [now - 2, now - 1], { restart: true, attempt: 3, waitMs: 2_000 }],
  ["up to the limit", [now - 3, now - 2, now - 1], { restart: true, attempt: 4, waitMs: 4_000 }],
  ["and not beyond it", [now - 4, now - 3, now - 2, now - 1], { restart: false }],
  ["what is as old as the window is forgotten", [now - 60_000], { restart: true, attempt: 1, waitMs: 0 }],
  ["what is not is not", [now - 59_999], { restart: true, attempt: 2, waitMs: 1_000 }],
] as const)("%s", ([, restarts, expected]) => {
  expect(decideRestart(restarts, policy, now, longest)).toEqual(expected);
});

test("with a limit of none it is given up at once", () => {
  expect(decideRestart([], { ...policy, limit: 0 }, now)).toEqual({ restart: false });
});
