import { expect, test } from "vitest";
import { isWithinQuota, type Spending } from "./quota.ts";

const spending: Spending = { consumed: 8, budget: 10, dailyCost: 5, previousCost: 0 };

test.for<[what: string, given: Partial<Spending>, within: boolean]>([
  ["more than is left is refused", {}, false],
  ["and so where the workspace cost less before [builds 67]", { previousCost: 3 }, false],
  ["and where it cost the same", { previousCost: 5 }, false],
  ["less than before is allowed, whatever was spent [builds 68]", { previousCost: 6 }, true],
  ["what is left to the last credit is allowed", { dailyCost: 2 }, true],
  ["what costs nothing is allowed to whoever is over", { consumed: 11, dailyCost: 0 }, true],
  ["without a budget everything is", { budget: -1 }, true],
  ["of nothing nothing is spent", { budget: 0, consumed: 0, dailyCost: 1 }, false],
])("%s", ([, given, within]) => {
  expect(isWithinQuota({ ...spending, ...given })).toBe(within);
});
