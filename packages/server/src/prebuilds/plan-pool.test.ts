import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backoffUntilMs, isSkippable, planPool, type PoolRules, type PoolStep } from "./plan-pool.ts";
import { poolState } from "./pool-state.ts";
import { viewsOf, type PoolPreset, type PoolView, type RunningPrebuild } from "./pool-view.ts";

const now = Date.UTC(2026, 0, 5, 12);
const minute = 60_000;
const rules: PoolRules = { backoffIntervalMs: minute, backoffLookbackMs: 60 * minute, failureHardLimit: 3 };

interface Given {
  readonly desired?: number;
  readonly isActive?: boolean;
  readonly preset?: Partial<PoolPreset>;
  /** Ages in minutes, all ready. */
  readonly running?: readonly number[];
  readonly expired?: number;
  readonly starting?: number;
  readonly stopping?: number;
  readonly deleting?: number;
  readonly pending?: number;
  readonly failures?: { readonly count: number; readonly lastMs: number };
  readonly isHardLimited?: boolean;
  readonly schedules?: readonly { cron: string; instances: number }[];
}

const ttlMinutes = 1_000;

function prebuild(id: string, ageMinutes: number, isClaimable = true): RunningPrebuild {
  return { id, presetId: "p", isClaimable, lostSinceMs: undefined, createdAtMs: now - ageMinutes * minute };
}

function view(given: Given): PoolView {
  const preset: PoolPreset = {
    id: "p",
    name: "small",
    templateId: "t",
    templateName: "starter",
    organizationId: "o",
    versionId: "v",
    versionName: "v1",
    usesActiveVersion: given.isActive ?? true,
    isTemplateDeleted: false,
    isTemplateDeprecated: false,
    desiredInstances: given.desired ?? 0,
    timezone: "UTC",
    ttlSeconds: ttlMinutes * 60,
    status: "healthy",
    statusDetail: "",
    refusal: undefined,
    lastInvalidatedAtMs: undefined,
    ...given.preset,
  };
  const running = (given.running ?? []).map((age, index) => prebuild(`r${index}`, age));
  const expired = Array.from({ length: given.expired ?? 0 }, (_, index) =>
    prebuild(`e${index}`, ttlMinutes + 10 - index),
  );
  const counts = { start: given.starting ?? 0, stop: given.stopping ?? 0, delete: given.deleting ?? 0 } as const;
  return {
    preset,
    schedules: given.schedules ?? [],
    running: [...running, ...expired],
    inProgress: (["start", "stop", "delete"] as const).map((transition) => ({
      presetId: "p",
      transition,
      count: counts[transition],
    })),
    pendingCount: given.pending ?? 0,
    failures: given.failures && { presetId: "p", failures: given.failures.count, lastBuildAtMs: given.failures.lastMs },
    isHardLimited: given.isHardLimited ?? false,
  };
}

/** Steps as one reads them: `create 2`, `delete r0 r1`, `cancel 2`, `wait`. */
function words(steps: readonly PoolStep[]): string[] {
  return steps.map((step) => {
    switch (step.do) {
      case "create":
        return `create ${step.count}`;
      case "delete":
        return `delete ${step.workspaceIds.join(" ")}`;
      case "cancel_pending":
        return `cancel ${step.count}`;
      case "wait":
        return `wait ${(step.untilMs - now) / minute}`;
      case "mark":
        return `mark ${step.status}`;
    }
  });
}

test.for<[string, Given, string[]]>([
  ["[prebuilds 1] nothing wanted, nothing there", { desired: 0 }, []],
  ["[prebuilds 2] one wanted", { desired: 1 }, ["create 1"]],
  ["[prebuilds 3] an old version's is deleted", { isActive: false, desired: 1, running: [1] }, ["delete r0"]],
  ["[prebuilds 4] also while another is deleted", { isActive: false, running: [1], deleting: 1 }, ["delete r0"]],
  ["[prebuilds 5] what an old version has queued is canceled", { isActive: false, pending: 2 }, ["cancel 2"]],
  ["[prebuilds 6] what the active version has queued is not", { pending: 2 }, []],
  [
    "[prebuilds 7] cancel before delete",
    { isActive: false, pending: 1, running: [5, 9] },
    ["cancel 1", "delete r1 r0"],
  ],
  ["[prebuilds 8] the wanted one starts", { desired: 1, starting: 1 }, []],
  ["[prebuilds 9] the second one starts", { desired: 2, running: [1], starting: 1 }, []],
  ["[prebuilds 10] one too many starts", { desired: 2, running: [1, 2], starting: 1 }, []],
  ["[prebuilds 11] the rest starts", { desired: 3, running: [1], starting: 2 }, []],
  ["[prebuilds 12] what stops does not count", { desired: 1, stopping: 1 }, ["create 1"]],
  ["[prebuilds 13] what stops is replaced", { desired: 3, running: [1, 2], stopping: 1 }, ["create 1"]],
  ["[prebuilds 14] enough beside what stops", { desired: 3, running: [1, 2, 3], stopping: 1 }, []],
  ["[prebuilds 15] what is deleted does not count", { desired: 1, deleting: 1 }, ["create 1"]],
  ["[prebuilds 16] what is deleted is replaced", { desired: 2, running: [1], deleting: 1 }, ["create 1"]],
  ["[prebuilds 17] enough beside what is deleted", { desired: 2, running: [1, 2], deleting: 1 }, []],
  ["[prebuilds 18] the oldest ones go", { desired: 3, running: [1, 2, 3, 4, 5], deleting: 2 }, ["delete r4 r3"]],
  ["[prebuilds 19] the older of two goes", { desired: 1, running: [60, 0] }, ["delete r0"]],
  ["[prebuilds 20] of two as old the first by id goes", { desired: 1, running: [5, 5] }, ["delete r0"]],
  ["[prebuilds 21] enough", { desired: 2, running: [1, 2] }, []],
  ["[prebuilds 22] an expired one is replaced", { desired: 2, running: [1], expired: 1 }, ["delete e0", "create 1"]],
  ["[prebuilds 23] all expired", { desired: 2, expired: 2 }, ["delete e0 e1", "create 2"]],
  ["[prebuilds 24] enough beside the expired", { desired: 2, running: [1, 2], expired: 2 }, ["delete e0 e1"]],
  [
    "[prebuilds 25] expired ones go, then the oldest",
    { desired: 2, running: [1, 2, 3], expired: 1 },
    ["delete e0", "delete r2"],
  ],
  [
    "[prebuilds 31] a deprecated template wants none",
    { desired: 1, preset: { isTemplateDeprecated: true }, running: [1] },
    ["delete r0"],
  ],
  [
    "[prebuilds 32] a deleted template wants none",
    { desired: 1, preset: { isTemplateDeleted: true }, running: [1] },
    ["delete r0"],
  ],
  [
    "[prebuilds 32] nor does its old version",
    { isActive: false, preset: { isTemplateDeleted: true }, running: [1] },
    ["delete r0"],
  ],
  ["[prebuilds 33] an old version's expired ones go too", { isActive: false, expired: 2 }, ["delete e0 e1"]],
  ["[prebuilds 34] a failure: wait", { desired: 1, failures: { count: 1, lastMs: now } }, ["wait 1"]],
  [
    "[prebuilds 35] the end of a wait belongs to it",
    { desired: 1, failures: { count: 1, lastMs: now - minute } },
    ["wait 0"],
  ],
  [
    "[prebuilds 35] after it one is made",
    { desired: 1, failures: { count: 1, lastMs: now - minute - 1 } },
    ["create 1"],
  ],
  [
    "[prebuilds 36] three failures: three times as long",
    { desired: 1, failures: { count: 3, lastMs: now } },
    ["wait 3"],
  ],
  ["no wait is longer than the lookback", { desired: 1, failures: { count: 500, lastMs: now } }, ["wait 60"]],
  [
    "[prebuilds 37] waiting stops creation only",
    { desired: 1, expired: 1, failures: { count: 1, lastMs: now } },
    ["delete e0", "wait 1"],
  ],
  ["no failure, no wait", { desired: 1, failures: { count: 0, lastMs: now } }, ["create 1"]],
  ["at the limit nothing is made, and that is shown", { desired: 1, isHardLimited: true }, ["mark hard_limited"]],
  [
    "at the limit what is shown is not shown again",
    { desired: 1, isHardLimited: true, preset: { status: "hard_limited" } },
    [],
  ],
  [
    "[prebuilds 84] when the limit lifts, that is shown",
    { desired: 1, preset: { status: "hard_limited" } },
    ["mark healthy", "create 1"],
  ],
  [
    "at the limit deletions go on",
    { desired: 1, isHardLimited: true, running: [1, 2] },
    ["mark hard_limited", "delete r1"],
  ],
  [
    "what may not run without a sandbox is not made, and why is shown",
    { desired: 2, preset: { refusal: "why" } },
    ["mark sandbox_required"],
  ],
  [
    "why is not shown again",
    { desired: 2, preset: { refusal: "why", status: "sandbox_required", statusDetail: "why" } },
    [],
  ],
  [
    "another why is shown",
    { desired: 2, preset: { refusal: "because", status: "sandbox_required", statusDetail: "why" } },
    ["mark sandbox_required"],
  ],
  [
    "what may run again is made again",
    { desired: 2, preset: { status: "sandbox_required", statusDetail: "why" } },
    ["mark healthy", "create 2"],
  ],
  [
    "what runs of what may not be made is left to whoever claims it",
    { desired: 1, running: [1], preset: { refusal: "why", status: "sandbox_required", statusDetail: "why" } },
    [],
  ],
  [
    "[builds 105] a preset that does not do for a build makes none",
    { desired: 1, preset: { status: "validation_failed" } },
    [],
  ],
])("%s", ([, given, expected]) => {
  expect(words(planPool(view(given), rules, now))).toEqual(expected);
});

describe("expiry", () => {
  const aged = (ageMs: number, preset: Partial<PoolPreset>) =>
    poolState(
      {
        ...view({ preset, desired: 1 }),
        running: [{ id: "r", presetId: "p", isClaimable: true, lostSinceMs: undefined, createdAtMs: now - ageMs }],
      },
      now,
    ).expired.length;

  test("[prebuilds 26] without a limit nothing ages", () => {
    expect(aged(1_000_000 * minute, { ttlSeconds: 0 })).toBe(0);
  });

  test("[prebuilds 27] at exactly its limit it has not", () => {
    expect([aged(3_600_000, { ttlSeconds: 3600 }), aged(3_600_001, { ttlSeconds: 3600 })]).toEqual([0, 1]);
  });

  test.for<[string, readonly number[], string[]]>([
    ["[prebuilds 28] invalidated: all older ones are replaced", [1, 2], ["delete r1 r0", "create 2"]],
    ["[prebuilds 29] a newer one stays", [1, -1], ["delete r0", "create 1"]],
    ["[prebuilds 30] also without a limit", [1, -1], ["delete r0", "create 1"]],
  ])("%s", ([rule, running, expected]) => {
    const preset = { lastInvalidatedAtMs: now, ...(rule.includes("30") ? { ttlSeconds: 0 } : {}) };

    expect(words(planPool(view({ desired: 2, running, preset }), rules, now))).toEqual(expected);
  });
});

test("one that was made in the moment of an invalidation stays", () => {
  const pool = view({ desired: 1, running: [1], preset: { lastInvalidatedAtMs: now - minute } });

  expect(planPool(pool, rules, now)).toEqual([]);
});

test.for([
  ["a", "b"],
  ["b", "a"],
])("of those of one age the first by id goes, read as %s and %s", ([one = "", other = ""]) => {
  const pool = { ...view({ desired: 1 }), running: [prebuild(one, 5), prebuild(other, 5)] };

  expect(words(planPool(pool, rules, now))).toEqual(["delete a"]);
});

test("a wait says until when, and for how many failures", () => {
  const plan = planPool(view({ desired: 1, failures: { count: 3, lastMs: now } }), rules, now);

  expect(plan).toEqual([{ do: "wait", untilMs: now + 3 * minute, failures: 3 }]);
});

test("a refusal is shown though its words are there already, left by a state that is over", () => {
  const preset = { status: "healthy", statusDetail: "no sandbox", refusal: "no sandbox" } as const;

  expect(planPool(view({ preset }), rules, now)).toEqual([
    { do: "mark", status: "sandbox_required", detail: "no sandbox" },
  ]);
});

test("what is not ready goes first, however young [prebuilds 7.2 (c)]", () => {
  const running = [prebuild("old", 9), prebuild("young", 1, false)];

  expect(words(planPool({ ...view({ desired: 1 }), running }, rules, now))).toEqual(["delete young"]);
});

describe("a workspace whose agent is gone", () => {
  const gone = (id: string, goneMs: number): RunningPrebuild => ({
    ...prebuild(id, 30, false),
    lostSinceMs: now - goneMs,
  });

  test.for<[string, number, number | undefined, string[]]>([
    ["is waited for", 59_999, undefined, []],
    ["is replaced after a minute", 60_000, undefined, ["delete gone", "create 1"]],
    ["is waited for a minute from when it could be heard again", 3_600_000, now - 59_999, []],
    ["is replaced a minute after that", 3_600_000, now - 60_000, ["delete gone", "create 1"]],
    [
      "is not given more time for one that began to listen long before",
      60_000,
      now - 3_600_000,
      ["delete gone", "create 1"],
    ],
  ])("%s", ([, goneMs, watchedSinceMs, expected]) => {
    const pool = { ...view({ desired: 2 }), running: [prebuild("well", 40), gone("gone", goneMs)] };

    expect(words(planPool(pool, { ...rules, watchedSinceMs }, now))).toEqual(expected);
  });

  test("is not counted as warm, counts as there while it is waited for, and goes first", () => {
    const pool = { ...view({ desired: 1 }), running: [prebuild("well", 40), gone("gone", 1_000)] };

    expect(poolState(pool, now)).toMatchObject({ actual: 2, eligible: 1, extraneous: 1 });
    expect(words(planPool(pool, rules, now))).toEqual(["delete gone"]);
  });

  test("is deleted once where its time is over as well", () => {
    const invalidated = { lastInvalidatedAtMs: now };
    const pool = { ...view({ desired: 1, preset: invalidated }), running: [gone("gone", 60_000)] };

    expect(words(planPool(pool, rules, now))).toEqual(["delete gone", "create 1"]);
  });

  test("goes before a younger one that is gone as well", () => {
    const young = { ...gone("young", 60_000), createdAtMs: now - minute };
    const pool = { ...view({ desired: 2 }), running: [young, gone("old", 60_000)] };

    expect(words(planPool(pool, rules, now))).toEqual(["delete old young", "create 2"]);
  });

  test("is deleted while creations fail, and not made anew", () => {
    const failures = { count: 1, lastMs: now };
    const pool = { ...view({ desired: 1, failures }), running: [gone("gone", 60_000)] };

    expect(words(planPool(pool, rules, now))).toEqual(["delete gone", "wait 1"]);
  });
});

test("[prebuilds 41] those that are not ready count, and cannot be claimed", () => {
  const state = poolState({ ...view({ desired: 2 }), running: [prebuild("a", 1, false), prebuild("b", 1)] }, now);

  expect(state).toMatchObject({ actual: 2, eligible: 1, extraneous: 0 });
});

test("[prebuilds 19] the numbers of a pool with one too many", () => {
  expect(poolState(view({ desired: 1, running: [60, 0] }), now)).toMatchObject({
    extraneous: 1,
    eligible: 2,
    actual: 2,
  });
});

describe("a snapshot of several presets", () => {
  const one = view({ desired: 1 }).preset;
  const snapshot = {
    presets: [one, { ...one, id: "q" }],
    schedules: new Map(),
    running: [prebuild("stray", 1)].map((workspace) => ({ ...workspace, presetId: null })),
    inProgress: [{ presetId: "p", transition: "start" as const, count: 1 }],
    pending: new Map(),
    failures: [],
    hardLimited: new Set<string>(),
  };

  test("[prebuilds 38] what starts for one is not another's", () => {
    const views = viewsOf(snapshot);

    expect(["p", "q"].map((id) => words(planPool(views.get(id), rules, now)))).toEqual([[], ["create 1"]]);
  });

  test("[prebuilds 34] failures of one do not hold up another", () => {
    const views = viewsOf({
      ...snapshot,
      inProgress: [],
      failures: [{ presetId: "p", failures: 1, lastBuildAtMs: now }],
    });

    expect(["p", "q"].map((id) => words(planPool(views.get(id), rules, now)))).toEqual([["wait 1"], ["create 1"]]);
  });

  test("[prebuilds 39] an unknown preset is a bug", () => {
    expect(() => viewsOf(snapshot).get("x")).toThrow("not in the snapshot");
  });

  test("[prebuilds 40] a workspace without a preset is in no pool", () => {
    const views = viewsOf(snapshot);

    expect(["p", "q"].map((id) => views.get(id).running)).toEqual([[], []]);
  });
});

test.for<[string, Given, boolean]>([
  ["[prebuilds 42] an old one with nothing", { isActive: false }, true],
  ["[prebuilds 43] an old one with a running one", { isActive: false, running: [1] }, false],
  ["[prebuilds 43] an old one with queued builds", { isActive: false, pending: 1 }, false],
  ["[prebuilds 43] an old one with an expired one", { isActive: false, expired: 1 }, false],
  ["an old one with failures", { isActive: false, failures: { count: 1, lastMs: now } }, false],
  ["[prebuilds 44] a deleted template's", { preset: { isTemplateDeleted: true } }, true],
  ["[prebuilds 44] a deprecated template's", { preset: { isTemplateDeprecated: true } }, true],
  ["[prebuilds 45] an old one at its limit", { isActive: false, isHardLimited: true }, true],
  ["[prebuilds 46] one that is settled", { desired: 1, running: [1] }, false],
  ["[prebuilds 46] one that is empty", {}, false],
  ["[prebuilds 46] one that waits", { failures: { count: 1, lastMs: now } }, false],
  ["[prebuilds 46] one at its limit", { isHardLimited: true }, false],
])("skipping %s: %s", ([, given, expected]) => {
  expect(isSkippable(view(given))).toBe(expected);
});

describe("any view", () => {
  const given: fc.Arbitrary<Given> = fc.record(
    {
      desired: fc.nat(5),
      isActive: fc.boolean(),
      running: fc.array(fc.nat(900), { maxLength: 8 }),
      expired: fc.nat(4),
      starting: fc.nat(4),
      deleting: fc.nat(4),
      pending: fc.nat(3),
      failures: fc.record({ count: fc.nat(4), lastMs: fc.integer({ min: now - 90 * minute, max: now }) }),
      isHardLimited: fc.boolean(),
      preset: fc.constantFrom<Partial<PoolPreset>>(
        {},
        { isTemplateDeleted: true },
        { isTemplateDeprecated: true },
        { status: "validation_failed" },
      ),
    },
    { requiredKeys: [] },
  );

  test("[prebuilds 47] skipped ones have no steps; never more than wanted; each workspace once; never both ways at once", () => {
    fc.assert(
      fc.property(given, (facts) => {
        const pool = view(facts);
        const steps = planPool(pool, rules, now);
        const deleted = steps.flatMap((step) => (step.do === "delete" ? step.workspaceIds : []));
        const created = steps.reduce((sum, step) => (step.do === "create" ? sum + step.count : sum), 0);

        if (isSkippable(pool)) expect(steps).toEqual([]);
        expect(created).toBeLessThanOrEqual(poolState(pool, now).desired);
        expect(new Set(deleted).size).toBe(deleted.length);
        expect(deleted.every((id) => pool.running.some((workspace) => workspace.id === id))).toBe(true);
        expect(created > 0 && steps.some((step) => step.do === "delete" && step.why === "extraneous")).toBe(false);
      }),
    );
  });

  test("carried out until nothing is left, it settles at what is wanted", () => {
    fc.assert(
      fc.property(given, (facts) => {
        const { failures: _, ...others } = facts;
        let pool = view({ ...others, isHardLimited: false, starting: 0 });
        for (let cycle = 0; cycle < 4; cycle++) pool = apply(pool, planPool(pool, rules, now), cycle);

        const wanted =
          pool.preset.status === "validation_failed"
            ? Math.min(pool.running.length, poolState(pool, now).desired)
            : poolState(pool, now).desired;
        expect(pool.running).toHaveLength(wanted);
        expect(planPool(pool, rules, now)).toEqual([]);
      }),
    );
  });
});

/** The pool after its steps were carried out and their builds succeeded. */
function apply(pool: PoolView, steps: readonly PoolStep[], cycle: number): PoolView {
  let { running, pendingCount } = pool;
  for (const step of steps) {
    if (step.do === "delete") running = running.filter(({ id }) => !step.workspaceIds.includes(id));
    if (step.do === "create")
      running = [...running, ...Array.from({ length: step.count }, (_, index) => prebuild(`n${cycle}-${index}`, 0))];
    if (step.do === "cancel_pending") pendingCount = 0;
  }
  return { ...pool, running, pendingCount };
}

describe("schedules", () => {
  const workHours = [{ cron: "* 9-18 * * 1-5", instances: 3 }];

  function desired(
    schedules: readonly { cron: string; instances: number }[],
    at: string,
    preset: Partial<PoolPreset> = {},
  ): number {
    return poolState(view({ desired: 1, schedules, preset }), Date.parse(at)).desired;
  }

  test.for([
    ["08:59:59", 1],
    ["09:00:00", 3],
    ["09:01:00", 3],
    ["14:00:00", 3],
    ["18:00:00", 3],
    ["18:59:59", 3],
    ["19:00:00", 1],
    ["19:01:00", 1],
    ["02:00:00", 1],
  ] as const)("[prebuilds 48] on Monday at %s there are %d", ([time, count]) => {
    expect(desired(workHours, `2026-01-05T${time}Z`)).toBe(count);
  });

  test("[prebuilds 49] not on the weekend", () => {
    expect([desired(workHours, "2026-01-03T14:00:00Z"), desired(workHours, "2026-01-04T14:00:00Z")]).toEqual([1, 1]);
  });

  test("[prebuilds 50] several ranges a day", () => {
    const ranges = [
      ["6-10", 2],
      ["12-16", 3],
      ["18-22", 4],
    ] as const;
    const schedules = ranges.map(([hours, instances]) => ({ cron: `* ${hours} * * 1-5`, instances }));

    const at = (hour: string) => desired(schedules, `2026-01-05T${hour}:00:00Z`);
    expect(["05", "08", "11", "14", "20", "23"].map(at)).toEqual([1, 2, 1, 3, 4, 1]);
  });

  test("[prebuilds 51] weekdays and weekends", () => {
    const schedules = [
      { cron: "* 9-18 * * 1-5", instances: 2 },
      { cron: "* 9-13 * * 6,0", instances: 3 },
    ];

    expect(
      ["2026-01-05T14", "2026-01-03T10", "2026-01-03T14"].map((hour) => desired(schedules, `${hour}:00:00Z`)),
    ).toEqual([2, 3, 1]);
  });

  test("[prebuilds 52] the preset's zone decides", () => {
    const schedules = [{ cron: "* 9-13 * * *", instances: 3 }];
    const at = (time: string) => desired(schedules, `2026-07-01T${time}:00Z`, { timezone: "America/Los_Angeles" });

    expect(["15:00", "16:00", "20:59", "21:00", "23:00"].map(at)).toEqual([1, 3, 3, 1, 1]);
  });

  test("[prebuilds 53] an instant with an offset is the same instant", () => {
    expect([desired(workHours, "2026-01-05T04:00:00-04:00"), desired(workHours, "2026-01-05T05:00:00-04:00")]).toEqual([
      1, 3,
    ]);
  });

  test.for([
    ["[prebuilds 54] without a zone", workHours, { timezone: "" }],
    ["[prebuilds 54] with an unknown zone", workHours, { timezone: "Mars/Base" }],
    ["[prebuilds 55] when two overlap", [...workHours, { cron: "* 12 * * *", instances: 5 }], {}],
    ["[prebuilds 56] when one cannot be read", [{ cron: "nonsense", instances: 5 }], {}],
  ] as const)("%s the base holds and the reason is told", ([, schedules, preset]) => {
    const state = poolState(view({ desired: 1, schedules, preset }), Date.parse("2026-01-05T12:00:00Z"));

    expect(state.desired).toBe(1);
    expect(state.scheduleProblem).toBeTruthy();
  });

  test("[prebuilds 61] when a schedule ends the oldest are deleted", () => {
    const pool = view({ desired: 1, schedules: [{ cron: "* 9-11 * * *", instances: 5 }], running: [1, 2, 3, 4, 5] });

    expect(words(planPool(pool, rules, now))).toEqual(["delete r4 r3 r2 r1"]);
  });

  test("an old version's schedules say nothing", () => {
    expect(poolState(view({ isActive: false, desired: 1, schedules: workHours }), now).desired).toBe(0);
  });
});

test("without failures there is no wait", () => {
  expect(backoffUntilMs({ failures: undefined }, rules)).toBeUndefined();
});
