import { expect, test } from "vitest";
import type { Capability } from "./capability.ts";
import { collect } from "./collect.ts";

const run = () => Promise.resolve();
const deliver = () => Promise.resolve();

test("what capabilities have comes together in their order, and one that has nothing adds nothing", () => {
  const capabilities: Capability<string>[] = [
    { name: "a", loops: [{ name: "a1", run }], jobKinds: { build: "A" } },
    { name: "b" },
    { name: "c", loops: [{ name: "c1", run }], jobKinds: { import: "C" }, effects: [{ name: "audit", deliver }] },
  ];

  const all = collect(capabilities);

  expect(all.loops.map(({ name }) => name)).toEqual(["a1", "c1"]);
  expect(all.jobKinds).toEqual({ build: "A", import: "C" });
  expect(all.effects.map(({ name }) => name)).toEqual(["audit"]);
  expect(all.routes).toEqual([]);
});

test.for<[string, Partial<Capability<string>>, string]>([
  ["capabilities", { name: "a" }, 'Two capabilities are called "a".'],
  ["kinds of jobs", { jobKinds: { build: "B" } }, 'Two kinds of jobs are called "build".'],
  ["sealers", { sealers: { state: run } }, 'Two sealers are called "state".'],
  ["loops", { loops: [{ name: "a1", run }] }, 'Two loops are called "a1".'],
  ["handlers", { effects: [{ name: "audit", deliver }] }, 'Two handlers of effects are called "audit".'],
])("two %s of one name are refused", ([, twin, message]) => {
  const first: Capability<string> = {
    name: "a",
    jobKinds: { build: "A" },
    sealers: { state: run },
    loops: [{ name: "a1", run }],
    effects: [{ name: "audit", deliver }],
  };

  expect(() => collect([first, { name: "b", ...twin }])).toThrow(message);
});
