import { expect, test } from "vitest";
import { decideDial, type DialDecision, type DialFacts } from "./decide-dial.ts";

const ready: DialFacts = {
  heldBy: "us",
  status: "connected",
  lifecycle: "ready",
  blocksLogin: false,
  isOfClaim: false,
};
const refused = { refuse: expect.any(String) as string };

test.for<[rule: string, facts: Partial<DialFacts>, wait: "ready" | "none", DialDecision]>([
  ["a ready agent is dialled", {}, "ready", "go"],
  ["a start script that does not block holds nobody", { lifecycle: "starting" }, "ready", "go"],
  ["one that blocks does", { lifecycle: "starting", blocksLogin: true }, "ready", "wait"],
  ["who does not wait goes at once", { lifecycle: "starting", blocksLogin: true }, "none", "go"],
  ["a claimed agent gets its new identity first", { lifecycle: "starting", isOfClaim: true }, "ready", "wait"],
  ["and is then dialled", { isOfClaim: true }, "ready", "go"],
  ["an agent that said nothing yet is waited for", { lifecycle: "created" }, "ready", "wait"],
  ["a failed start is over", { lifecycle: "start_error", blocksLogin: true }, "ready", "go"],
  ["a start that took too long is over", { lifecycle: "start_timeout", blocksLogin: true }, "ready", "go"],
  ["what is shutting down is refused", { lifecycle: "shutting_down" }, "ready", refused],
  ["what could not shut down in time is refused", { lifecycle: "shutdown_timeout" }, "ready", refused],
  ["what could not shut down is refused", { lifecycle: "shutdown_error" }, "ready", refused],
  ["what is off is refused", { lifecycle: "off" }, "ready", refused],
  ["unless nobody waits for it to be ready", { lifecycle: "off" }, "none", "go"],
  ["an agent that has not come yet is waited for", { heldBy: "nobody", status: "connecting" }, "ready", "wait"],
  ["unless nobody wants to wait", { heldBy: "nobody", status: "connecting" }, "none", refused],
  ["an agent that is late is refused", { heldBy: "nobody", status: "timeout" }, "ready", refused],
  ["an agent that was lost is refused", { heldBy: "nobody", status: "disconnected" }, "ready", refused],
  ["an agent whose session was lost just now is refused", { heldBy: "nobody" }, "ready", refused],
  ["an agent of another replica is dialled there", { heldBy: "another" }, "ready", "go"],
  ["by the same rules", { heldBy: "another", lifecycle: "starting", blocksLogin: true }, "ready", "wait"],
  ["also when it is shutting down", { heldBy: "another", lifecycle: "off" }, "ready", refused],
])("%s", ([, facts, wait, decision]) => {
  expect(decideDial({ ...ready, ...facts }, wait)).toEqual(decision);
});
