import fc from "fast-check";
import { expect, test } from "vitest";
import { decideLostJob } from "./reaper.ts";
import { maxAttempts } from "./timing.ts";

test("a lost job goes on until its attempts are used up, unless somebody asked it to stop", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 * maxAttempts }), fc.boolean(), (attempts, isCanceling) => {
      const decision = decideLostJob({ attempts, isCanceling });

      expect(decision === "requeue").toBe(!isCanceling && attempts < maxAttempts);
    }),
  );
});

test("three attempts are all", () => {
  const decisions = [1, 2, 3].map((attempts) => decideLostJob({ attempts, isCanceling: false }));

  expect(decisions).toEqual(["requeue", "requeue", "fail"]);
});
