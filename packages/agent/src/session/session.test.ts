import { HearthError, silentLogger, systemClock } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { memoryPair } from "@hearth/wire";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ConnectError, connectToServer, toFailure } from "#session/connect.ts";
import { type ConnectFailure, reconnectWaitMs } from "#session/reconnect.ts";
import { runSessions } from "#session/run-sessions.ts";
import { ControlPlane } from "#testing/control-plane.ts";

const credentials = (plane: ControlPlane) => ({ serverUrl: plane.url, token: "t" });
const never = new AbortController().signal;

test.for([
  [401, undefined, { kind: "unauthorized" }],
  [503, "3", { kind: "later", afterMs: 3000 }],
  [429, "0.5", { kind: "later", afterMs: 500 }],
  [503, undefined, { kind: "unreachable" }],
  [503, "Wed, 21 Oct 2026 07:28:00 GMT", { kind: "unreachable" }],
  [500, "-1", { kind: "unreachable" }],
] as const)("status %i with Retry-After %s means %j", ([status, retryAfter, expected]) => {
  expect(toFailure(status, retryAfter)).toEqual(expected);
});

test.for([
  { failure: { kind: "unauthorized" }, random: 0, waits: [11, 16, 24, 36, 54, 80] },
  { failure: { kind: "unauthorized" }, random: 1, waits: [15, 23, 34, 51, 76, 114] },
  { failure: { kind: "unreachable" }, random: 0.999, waits: [99, 199, 399, 799, 1598, 3196, 6393, 9990, 9990] },
  { failure: { kind: "unreachable" }, random: 0, waits: [1, 1, 1] },
  { failure: { kind: "later", afterMs: 2000 }, random: 0.5, waits: [2100, 2100] },
] as const)("after $failure.kind an agent waits $waits", ({ failure, random, waits }) => {
  expect(waits.map((_, index) => reconnectWaitMs(failure, index + 1, () => random))).toEqual(waits);
});

test("agents that lost one server come back all over the window, never after 10 s or before the server's word [agents 116]", () => {
  const waits = Array.from({ length: 5000 }, () => reconnectWaitMs({ kind: "unreachable" }, 7, Math.random));
  const perSlice = Array.from(
    { length: 10 },
    (_, slice) => waits.filter((wait) => Math.floor(wait / 640) === slice).length,
  );

  expect(
    perSlice.every((count) => count > 350 && count < 650),
    String(perSlice),
  ).toBe(true);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.double({ min: 0, max: 0.999999, noNaN: true }),
      fc.integer({ min: 1, max: 60_000 }),
      (attempt, random, afterMs) => {
        expect(reconnectWaitMs({ kind: "unreachable" }, attempt, () => random)).toBeLessThanOrEqual(10_000);
        expect(reconnectWaitMs({ kind: "unauthorized" }, attempt, () => random)).toBeLessThanOrEqual(10_000);
        expect(reconnectWaitMs({ kind: "later", afterMs }, attempt, () => random)).toBeGreaterThanOrEqual(afterMs);
      },
    ),
  );
});

/** Connects as told, in turn; the last again and again. Says when each try was made. */
function run(outcomes: readonly ("session" | ConnectFailure | "error")[], sessionMs = 0) {
  const clock = new FakeClock(0);
  const stop = new AbortController();
  const tries: number[] = [];
  const over = runSessions({
    connect: async () => {
      const outcome = outcomes[Math.min(tries.push(clock.now()) - 1, outcomes.length - 1)];
      if (outcome === "session") return { stream: memoryPair()[0], isPushed: false };
      throw outcome === "error" || outcome === undefined
        ? new HearthError("broken", { cause: undefined })
        : new ConnectError("no", { failure: outcome });
    },
    serve: () => clock.sleep(sessionMs, { tag: "session" }),
    onIdle: () => undefined,
    clock,
    signal: stop.signal,
    log: silentLogger,
    random: () => 0.5,
  });
  return { clock, tries, over, stop: () => stop.abort(new Error("stopped")) };
}

test("the kinds of failures are counted apart, and a session that lasted begins the count anew", async () => {
  const { clock, tries, over, stop } = run(
    [
      { kind: "unauthorized" },
      { kind: "unauthorized" },
      "error",
      "error",
      "session",
      { kind: "later", afterMs: 1000 },
      "session",
    ],
    10_000,
  );

  await clock.advance(25_000);
  stop();
  await clock.advance(10_000);
  await over;

  // 13 and 20 ms for the build that is not done; 50 and 100 ms without a connection; a session of 10 s; 50 ms again.
  expect(tries.slice(0, 7)).toEqual([0, 13, 33, 83, 183, 10_233, 11_283]);
  expect(clock.pending()).toEqual([]);
});

test("a session that ends at once, again and again, is not begun without a pause", async () => {
  const { clock, tries, over, stop } = run(["session"]);

  await clock.advance(60_000);
  stop();
  await over;

  expect(tries.length).toBeLessThan(25);
});

test("a server that refuses is told by its status and its words", async () => {
  await using plane = await ControlPlane.start();
  plane.admission = () => ({ status: 503, headers: { "Retry-After": "2" } });

  const refused = connectToServer(credentials(plane), { clock: systemClock, signal: never });

  await expect(refused).rejects.toMatchObject({ name: "ConnectError", failure: { kind: "later", afterMs: 2000 } });
});

test("a server that is not there, and one that never answers, are given up", async () => {
  const plane = await ControlPlane.start();
  await plane[Symbol.asyncDispose]();
  await expect(connectToServer(credentials(plane), { clock: systemClock, signal: never })).rejects.toBeInstanceOf(
    ConnectError,
  );

  const clock = new FakeClock();
  const blackHole = connectToServer({ serverUrl: "http://192.0.2.1:9", token: "t" }, { clock, signal: never });
  const givenUp = expect(blackHole).rejects.toSatisfy(
    (error) => error instanceof ConnectError || (error as Error).name === "TimeoutError",
  );
  await clock.advance(10_000);
  await givenUp;
});

test("connecting can be given up", async () => {
  const stop = new AbortController();
  const waiting = connectToServer(
    { serverUrl: "http://192.0.2.1:9", token: "t" },
    { clock: new FakeClock(), signal: stop.signal },
  );

  stop.abort(new Error("stopped"));

  await expect(waiting).rejects.toThrow("stopped");
});
