import { expect, test } from "vitest";
import { decideReinit, type ReinitFacts } from "./decide-reinit.ts";

const claimed: ReinitFacts = {
  isPrebuild: false,
  wasPrebuild: true,
  hasClaimBuild: true,
  isLatestClaim: true,
  latestJobStatus: "succeeded",
};

test.for<[rule: string, facts: Partial<ReinitFacts>, answer: ReturnType<typeof decideReinit>]>([
  [
    "an ordinary workspace is told to stop asking [agents 79]",
    { wasPrebuild: false, hasClaimBuild: false, isLatestClaim: false },
    "refuse",
  ],
  ["an unclaimed prebuild waits [agents 80]", { isPrebuild: true, hasClaimBuild: false, isLatestClaim: false }, "wait"],
  ["a claim that is done is delivered [agents 81]", {}, "deliver"],
  ["one claimed long ago, with later builds, is refused [agents 82]", { isLatestClaim: false }, "refuse"],
  ["later builds count even while they run", { isLatestClaim: false, latestJobStatus: "running" }, "refuse"],
  ["a failed claim is refused [agents 84]", { latestJobStatus: "failed" }, "refuse"],
  ["a canceled claim is refused", { latestJobStatus: "canceled" }, "refuse"],
  ["a pending claim waits", { latestJobStatus: "pending" }, "wait"],
  ["a running claim waits", { latestJobStatus: "running" }, "wait"],
  ["a claim that is being canceled waits", { latestJobStatus: "canceling" }, "wait"],
  ["one that changed hands and has no claim build yet waits", { hasClaimBuild: false, isLatestClaim: false }, "wait"],
])("%s", ([, facts, answer]) => {
  expect(decideReinit({ ...claimed, ...facts })).toBe(answer);
});
