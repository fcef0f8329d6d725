import { expect, test } from "vitest";
import { saidLifecycle, type StoredLifecycle } from "./said-lifecycle.ts";

const then = new Date(1_000);

test.for<[string, StoredLifecycle["lifecycle_state"], Date | null, string]>([
  ["a claim made it ready, and it has not heard of that", "ready", null, "starting"],
  ["it has said that it is ready", "ready", then, "ready"],
  ["it has work to do", "starting", null, "starting"],
  ["its start has failed", "start_error", then, "start_error"],
  ["it is new", "created", null, "created"],
  ["it shuts down", "shutting_down", then, "shutting_down"],
])("%s", ([, lifecycle_state, ready_at, said]) => {
  expect(saidLifecycle({ lifecycle_state, ready_at })).toBe(said);
});
