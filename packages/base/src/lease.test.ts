import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isHeld, isHeldBy, renewLease, takeLease, type Lease } from "./lease.ts";

const lease: Lease = { holder: "me", epoch: 3, expiresAtMs: 1_000 };

test.for([
  { name: "before it expires", of: lease, nowMs: 999, want: true },
  { name: "at the moment it expires", of: lease, nowMs: 1_000, want: false },
  { name: "when there is none", of: undefined, nowMs: 0, want: false },
])("a lease is held $name: $want", ({ of, nowMs, want }) => {
  expect(isHeld(of, nowMs)).toBe(want);
});

test.for([
  { name: "its holder and epoch", by: { holder: "me", epoch: 3 }, nowMs: 0, want: true },
  { name: "its holder of an earlier epoch", by: { holder: "me", epoch: 2 }, nowMs: 0, want: false },
  { name: "another of the same epoch", by: { holder: "you", epoch: 3 }, nowMs: 0, want: false },
  { name: "its holder after it expired", by: { holder: "me", epoch: 3 }, nowMs: 1_000, want: false },
])("a lease is held by $name: $want", ({ by, nowMs, want }) => {
  expect(isHeldBy(lease, by, nowMs)).toBe(want);
});

describe("takeLease", () => {
  test.for([
    {
      name: "nobody's lease begins at epoch 1",
      current: undefined,
      want: { holder: "you", epoch: 1, expiresAtMs: 1_600 },
    },
    { name: "an expired lease changes hands", current: lease, want: { holder: "you", epoch: 4, expiresAtMs: 1_600 } },
    { name: "a held lease stays", current: { ...lease, expiresAtMs: 1_101 }, want: undefined },
  ])("$name", ({ current, want }) => {
    expect(takeLease(current, { holder: "you", ttlMs: 500, nowMs: 1_100 })).toEqual(want);
  });
});

describe("renewLease", () => {
  test.for([
    {
      name: "its holder prolongs it",
      held: { holder: "me", epoch: 3 },
      nowMs: 900,
      want: { ...lease, expiresAtMs: 1_400 },
    },
    { name: "it never gets shorter", held: { holder: "me", epoch: 3 }, nowMs: 100, want: lease },
    {
      name: "an expired lease is lost, even to its last holder",
      held: { holder: "me", epoch: 3 },
      nowMs: 1_000,
      want: undefined,
    },
    { name: "another cannot prolong it", held: { holder: "you", epoch: 3 }, nowMs: 900, want: undefined },
  ])("$name", ({ held, nowMs, want }) => {
    expect(renewLease(lease, held, { ttlMs: 500, nowMs })).toEqual(want);
  });
});

test("two never hold it at once, and epochs only grow, whoever takes and renews when", () => {
  const step = fc.record({
    who: fc.constantFrom("a", "b", "c"),
    do: fc.constantFrom("take" as const, "renew" as const),
    waitMs: fc.integer({ min: 0, max: 40 }),
  });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      let current: Lease | undefined;
      const believed = new Map<string, Lease>();
      let nowMs = 0;
      for (const next of steps) {
        nowMs += next.waitMs;
        const mine = believed.get(next.who);
        const after =
          next.do === "take"
            ? takeLease(current, { holder: next.who, ttlMs: 50, nowMs })
            : mine && renewLease(current, mine, { ttlMs: 50, nowMs });
        if (after) {
          expect(after.epoch).toBeGreaterThanOrEqual(current?.epoch ?? 0);
          current = after;
          believed.set(next.who, after);
        }
        // Whoever believes to hold it, by its own unexpired copy, is the one who does.
        const believers = [...believed.values()].filter((held) => isHeld(held, nowMs));
        expect(believers.length).toBeLessThanOrEqual(1);
      }
    }),
  );
});
