import type { Equivalent } from "./outcome.ts";

/** Changes that alter nothing that a test could see. Whoever adds one has tried to write the test first. */
export const equivalents: readonly Equivalent[] = [
  {
    file: "packages/server/src/prebuilds/pool-state.ts",
    text: "lostSinceMs !== undefined",
    by: "true",
    why: "a time that is not known makes NaN, which is not later than anything; the look is for the types",
  },
  {
    file: "packages/server/src/prebuilds/pool-state.ts",
    text: "lastInvalidatedAtMs !== undefined",
    by: "true",
    why: "nothing is earlier than undefined; the look is for the types",
  },
  {
    file: "packages/server/src/prebuilds/pool-state.ts",
    text: "a.id < b.id",
    by: "a.id <= b.id",
    why: "no two have one id",
  },
  {
    file: "packages/server/src/prebuilds/plan-pool.ts",
    text: "untilMs !== undefined",
    by: "true",
    why: "nothing is at most undefined; the look is for the types",
  },
  {
    file: "packages/server/src/prebuilds/plan-pool.ts",
    text: "view.failures?.failures",
    by: "view.failures.failures",
    why: "a time to wait until comes of failures alone; the question mark is for the types",
  },
  {
    file: "packages/server/src/prebuilds/claim.ts",
    text: "t.id = w.template_id",
    by: "true",
    why: "a version is the active one of its own template alone, and the statement asks for both by their ids",
  },
  {
    file: "packages/server/src/prebuilds/claim.ts",
    text: "w.template_id = ${request.templateId}",
    by: "true",
    why: "its latest build is of the version that is asked for, which belongs to one template",
  },
];
