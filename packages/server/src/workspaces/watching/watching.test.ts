import { expect, test } from "vitest";
import { silentLogger } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { newestValues } from "../../ground/live/index.ts";
import { MemoryPubSub } from "../../ground/pubsub/index.ts";
import { workspaceTopics } from "./workspace-topics.ts";

const owner = "00000000-0000-4000-8000-000000000001";
const workspace = "00000000-0000-4000-8000-000000000002";

interface Seen {
  readonly value: number;
}

/** Topics over a value that the test changes, and how often it was read. */
function watchValue() {
  const clock = new FakeClock();
  const pubsub = new MemoryPubSub(silentLogger);
  const state = { value: 0, reads: 0, template: "t" };
  const read = async (): Promise<Seen> => {
    state.reads++;
    return await Promise.resolve({ value: state.value });
  };
  const topics = workspaceTopics<Seen>({ pubsub, clock, log: silentLogger, read, templateOf: () => state.template });
  const change = (value: number) => {
    state.value = value;
    pubsub.publish("workspace_owner", owner, { kind: "state_change", workspace_id: workspace });
  };
  return { clock, pubsub, state, topics, change };
}

test("a watcher is given the value at once, and the first change after quiet at once", async () => {
  const { topics, change, clock } = watchValue();
  const stop = new AbortController();
  using place = topics.join(workspace);
  const renders = newestValues(place, stop.signal);

  expect((await renders.next()).value).toEqual({ value: 0 });
  await clock.advance(250);
  change(1);
  expect((await renders.next()).value).toEqual({ value: 1 });
  stop.abort();
});

test("[agents 118] a hundred events for twenty watchers are one read in 250 ms, and everyone sees the last", async () => {
  const { topics, change, clock, state } = watchValue();
  const stop = new AbortController();
  const places = Array.from({ length: 20 }, () => topics.join(workspace));
  const seen = places.map(() => -1);
  const watching = places.map(async (seat, index) => {
    for await (const render of newestValues(seat, stop.signal)) seen[index] = render.value;
  });
  await clock.advance(0);
  expect(state.reads).toBe(1);

  for (let value = 1; value <= 100; value++) {
    change(value);
    await clock.advance(1);
  }
  await clock.advance(250);

  expect(state.reads).toBeLessThanOrEqual(3);
  expect(new Set(seen)).toEqual(new Set([100]));
  stop.abort();
  await Promise.all(watching);
  for (const place of places) place[Symbol.dispose]();
  expect(topics.size).toBe(0);
  expect(clock.pending()).toEqual([]);
});

test("lost messages, a promoted version and the poll each cause a read", async () => {
  const { topics, clock, pubsub, state } = watchValue();
  const stop = new AbortController();
  using place = topics.join(workspace);
  const watching = (async () => {
    for await (const _render of newestValues(place, stop.signal)); // takes each at once
  })();
  await clock.advance(250);

  pubsub.drop();
  await clock.advance(250);
  pubsub.publish("template", "t", {});
  await clock.advance(250);
  pubsub.publish("template", "another", {});
  await clock.advance(250);
  expect(state.reads).toBe(3);
  await clock.advance(30_000);
  expect(state.reads).toBe(4);
  stop.abort();
  await watching;
});
