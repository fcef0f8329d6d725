import { afterAll, beforeAll, expect, test } from "vitest";
import { recordingLogger } from "@hearth/base/recording-logger";
import { FakeClock } from "@hearth/base/fake-clock";
import { grantFor } from "../../access/testing/index.ts";
import { agent, ServedWorld } from "../../testing/index.ts";
import { MetadataBatcher } from "./batcher.ts";
import { listMetadata } from "./store.ts";

let world: ServedWorld;
beforeAll(async () => (world = await ServedWorld.create()));
afterAll(async () => await world[Symbol.asyncDispose]());

async function declared(count: number): Promise<string> {
  const metadata = Array.from({ length: count }, (_, i) => ({
    key: `k${i}`,
    displayName: "",
    script: "x",
    intervalSeconds: 1,
    timeoutSeconds: 1,
    displayOrder: i,
  }));
  const build = await world.start(await world.makeWorkspace(), [agent({ metadata })]);
  return (await world.agentsOf(build)).get("main")?.id ?? "";
}

function batcher(clock = new FakeClock()) {
  const log = recordingLogger();
  return { batcher: new MetadataBatcher({ db: world.db, pubsub: world.pubsub, clock, log }), clock, log };
}

const value = (agentId: string, key: string, text: string, collectedAtMs: number) => ({
  granted: grantFor("workspace:update_agent", { id: agentId, agentId }),
  key,
  value: text,
  error: "",
  collectedAtMs,
});

test("of two values of a key the newer is stored, in whatever order they came [agents 32]", async () => {
  const agentId = await declared(1);
  await using it = batcher().batcher;

  it.add(value(agentId, "k0", "newer", 2_000));
  it.add(value(agentId, "k0", "older", 1_000));
  await it.flush();
  it.add(value(agentId, "k0", "older still", 500));
  await it.flush();

  expect(await listMetadata(world.db, agentId)).toMatchObject([{ value: "newer", collected_at: new Date(2_000) }]);
});

test("500 keys leave at once, fewer after 5 s [agents 33]", async () => {
  const agentId = await declared(501);
  const { batcher: it, clock } = batcher();
  await using _dispose = it;
  const stored = async () => (await listMetadata(world.db, agentId)).filter((row) => row.value === "v").length;

  for (let i = 0; i < 501; i++) it.add(value(agentId, `k${i}`, "v", 1_000));
  await expect.poll(stored).toBe(500);
  await clock.asleep("agent-metadata");
  await clock.advance(5_000);

  await expect.poll(stored).toBe(501);
});

test("a flush that fails is given up and tells nobody; the next works [agents 35]", async () => {
  const agentId = await declared(2);
  const { batcher: it, log } = batcher();
  await using _dispose = it;
  const told: string[] = [];
  using _subscription = world.pubsub.subscribe("agent_metadata", agentId, {
    onMessage: (_, key) => told.push(key),
    onDropped: () => undefined,
  });

  it.add(value("no uuid", "k0", "lost", 1_000));
  it.add(value(agentId, "k0", "lost too", 1_000));
  await it.flush();
  expect(told).toEqual([]);
  expect(it.dropped).toBe(2);
  it.add(value(agentId, "k1", "kept", 2_000));
  await it.flush();

  expect(told).toEqual([agentId]);
  expect(await listMetadata(world.db, agentId)).toMatchObject([{ value: "" }, { value: "kept" }]);
  expect(log.lines.filter(({ level }) => level === "warn")).toHaveLength(1);
});

test("what comes while the queue is full is dropped, counted, and logged once [agents 36]", async () => {
  const agentId = await declared(1);
  const { batcher: it, log } = batcher();
  await using _dispose = it;

  for (let i = 0; i < 2_600; i++) it.add(value(agentId, `k${i}`, "v", 1_000));
  await it.flush();

  expect(it.dropped).toBe(100);
  expect(log.lines.map(({ message, fields }) => [message, fields])).toEqual([
    ["metadata dropped, too much waits", { values: 100 }],
  ]);
});

test("what waits when the server stops is stored [agents 37]", async () => {
  const agentId = await declared(1);
  const { batcher: it } = batcher();
  it.add(value(agentId, "k0", "last", 1_000));

  await it[Symbol.asyncDispose]();

  expect(await listMetadata(world.db, agentId)).toMatchObject([{ value: "last" }]);
});
