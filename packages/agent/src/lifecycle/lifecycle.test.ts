import { silentLogger } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { recordingLogger } from "@hearth/base/recording-logger";
import { create, timestampMs } from "@hearth/wire";
import { Lifecycle_State as State, LifecycleSchema } from "@hearth/wire/agent-proto";
import { expect, test } from "vitest";
import { Lifecycle } from "#lifecycle/lifecycle.ts";
import { reportLifecycle, type ReportLifecycleOptions } from "#lifecycle/report-lifecycle.ts";

/** A server that takes states until it is cut off, and a session with it. */
function connect(lifecycle: Lifecycle, clock: FakeClock, taken: { state: State; atMs: number }[]) {
  const session = new AbortController();
  const client: ReportLifecycleOptions["client"] = {
    updateLifecycle: async ({ lifecycle: sent }) => {
      await Promise.resolve();
      session.signal.throwIfAborted();
      const entry = create(LifecycleSchema, sent);
      taken.push({ state: entry.state, atMs: entry.changedAt ? timestampMs(entry.changedAt) : Number.NaN });
      return entry;
    },
  };
  const over = reportLifecycle({ lifecycle, client, clock, signal: session.signal }).catch(() => undefined);
  return async () => {
    session.abort(new Error("over"));
    await over;
  };
}

test("a state that is not later is ignored with a warning [agents 47]", () => {
  const log = recordingLogger();
  const lifecycle = new Lifecycle({ clock: new FakeClock(), log });
  lifecycle.set(State.READY);

  expect(lifecycle.set(State.STARTING)).toBe(false);
  expect(lifecycle.set(State.READY)).toBe(false);
  expect(lifecycle.current).toBe(State.READY);
  expect(log.lines.map(({ level, fields }) => [level, fields["from"], fields["to"]])).toEqual([
    ["warn", "ready", "starting"],
    ["warn", "ready", "ready"],
  ]);
});

test("what happened without a connection is reported afterwards, in order, with its own times [agents 48]", async () => {
  const clock = new FakeClock(1000);
  const lifecycle = new Lifecycle({ clock, log: silentLogger });
  const taken: { state: State; atMs: number }[] = [];

  lifecycle.set(State.STARTING);
  await clock.advance(5000);
  lifecycle.set(State.READY);
  await clock.advance(60_000);
  const disconnect = connect(lifecycle, clock, taken);
  await clock.advance(0);
  await disconnect();

  expect(taken).toEqual([
    { state: State.STARTING, atMs: 1000 },
    { state: State.READY, atMs: 6000 },
  ]);
});

test("a new session does not repeat what was reported, and a state lost with its session is repeated", async () => {
  const clock = new FakeClock();
  const lifecycle = new Lifecycle({ clock, log: silentLogger });
  const taken: { state: State; atMs: number }[] = [];
  lifecycle.set(State.STARTING);
  const first = connect(lifecycle, clock, taken);
  await clock.advance(0);
  lifecycle.set(State.READY);
  await first();

  const second = connect(lifecycle, clock, taken);
  await clock.advance(0);
  await second();

  expect(taken.map(({ state }) => state)).toEqual([State.STARTING, State.READY]);
});

test("a new agent id begins anew, and nothing of the old one is reported for it [agents 51]", async () => {
  const clock = new FakeClock();
  const lifecycle = new Lifecycle({ clock, log: silentLogger });
  const taken: { state: State; atMs: number }[] = [];
  lifecycle.set(State.STARTING);
  lifecycle.set(State.READY);

  lifecycle.reset();
  lifecycle.set(State.READY);
  const disconnect = connect(lifecycle, clock, taken);
  await clock.advance(0);
  await disconnect();

  expect(taken.map(({ state }) => state)).toEqual([State.READY]);
});

test.for([
  { stored: State.CREATED, repeats: true },
  { stored: State.STARTING, repeats: true },
  { stored: State.READY, repeats: false },
  { stored: State.SHUTTING_DOWN, repeats: false },
  { stored: State.STATE_UNSPECIFIED, repeats: false },
])("a server that has $stored is told again: $repeats [agents 51]", ({ stored, repeats }) => {
  const lifecycle = new Lifecycle({ clock: new FakeClock(), log: silentLogger });
  lifecycle.set(State.READY);
  const entry = lifecycle.unreported();
  if (entry) lifecycle.markReported(entry);

  lifecycle.catchUp(stored);

  expect(lifecycle.unreported()?.state).toBe(repeats ? State.READY : undefined);
});
