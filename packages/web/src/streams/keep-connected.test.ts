import { Wake } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { ApiError } from "@hearth/sdk";
import { expect, test } from "vitest";
import { keepConnected, type ConnectionState } from "./keep-connected.ts";

/** A connection whose life is scripted: each try is answered by the next entry. */
function scripted(script: ("lost" | "ended" | "opens then lost" | Error)[]) {
  const clock = new FakeClock();
  const states: ConnectionState[] = [];
  const stop = new AbortController();
  const retryNow = new Wake();
  const done = keepConnected({
    name: "test",
    clock,
    signal: stop.signal,
    retryNow,
    random: () => 1,
    onState: (state) => states.push(state),
    connect: async ({ opened }) => {
      const next = script.shift();
      if (next === undefined) throw new Error("the script has no more tries");
      if (next instanceof Error) throw next;
      if (next === "opens then lost") opened();
      return next === "opens then lost" ? "lost" : next;
    },
  });
  return { clock, states, stop, retryNow, done };
}

test("a lost connection is tried again after a wait that grows", async () => {
  const { clock, states, done } = scripted(["lost", new Error("reset"), "ended"]);

  await clock.asleep("test");
  await clock.advance(1_500);
  await clock.asleep("test");
  await clock.advance(2_500);
  await done;

  const start = Date.UTC(2026, 0, 1);
  expect(states).toEqual([
    { phase: "connecting", attempt: 1 },
    { phase: "waiting", attempt: 1, retryAtMs: start + 1_500 },
    { phase: "connecting", attempt: 2 },
    { phase: "waiting", attempt: 2, retryAtMs: start + 4_000 },
    { phase: "connecting", attempt: 3 },
    { phase: "ended" },
  ]);
});

test("having been open starts the waits anew", async () => {
  const { clock, states, done } = scripted(["lost", "opens then lost", "ended"]);

  await clock.asleep("test");
  await clock.advance(1_500);
  await clock.asleep("test");
  await clock.advance(1_500);
  await done;

  expect(states.filter((state) => state.phase === "waiting").map((state) => state.attempt)).toEqual([1, 1]);
});

test("a refusal that stays one ends it", async () => {
  const error = new ApiError("not_authenticated", "Log in.");
  const { states, done } = scripted([error]);

  await done;

  expect(states.at(-1)).toEqual({ phase: "refused", error });
});

test("a server that is starting is no final refusal", async () => {
  const { clock, states, done } = scripted([new ApiError("unavailable", "Starting."), "ended"]);

  await clock.asleep("test");
  await clock.advance(1_500);
  await done;

  expect(states.at(-1)).toEqual({ phase: "ended" });
});

test("a wait can be ended early, and stopping ends it for good", async () => {
  const { clock, states, retryNow, stop, done } = scripted(["lost", "lost"]);
  await clock.asleep("test");

  retryNow.notify();
  await expect.poll(() => states.filter((state) => state.phase === "waiting").length).toBe(2);
  stop.abort();
  await done;

  expect(clock.now()).toBe(Date.UTC(2026, 0, 1));
});
