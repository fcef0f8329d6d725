import type { Pool } from "@hearth/sdk";
import { expect, test } from "vitest";
import { poolState, waitWords } from "./pool-words.ts";

function pool(parts: Partial<Pool>): Pool {
  return {
    preset_id: "11111111-1111-4111-8111-111111111111",
    preset_name: "small",
    is_default: true,
    desired: 2,
    ready: 0,
    building: 0,
    expected_wait_ms: null,
    status: "healthy",
    status_detail: "",
    ...parts,
  };
}

test.for([
  [undefined, "Built on demand"],
  [pool({ desired: null, expected_wait_ms: 4_120 }), "Built on demand · about 4.1 s"],
  [pool({ ready: 2, expected_wait_ms: 31 }), "2 warm now · about 31 ms"],
  [pool({ ready: 2 }), "2 warm now"],
  [pool({ building: 1 }), "None warm, more on the way"],
  [pool({}), "None warm now"],
] as const)("%o: %s", ([given, words]) => {
  expect(waitWords(given)).toBe(words);
});

test.for([
  [pool({ ready: 2 }), "Full"],
  [pool({ ready: 1 }), "Filling"],
  [pool({ desired: 0 }), "Empty on purpose"],
  [pool({ desired: null }), "No pool"],
  [pool({ status: "hard_limited" }), "Stopped after failures"],
  [pool({ status: "validation_failed" }), "Preset does not fit"],
  [pool({ status: "sandbox_required" }), "Not allowed without a sandbox"],
] as const)("%o is %s", ([given, word]) => {
  expect(poolState(given).word).toBe(word);
});
