import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { silentLogger, systemClock } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { create, toMetadataSpan } from "@hearth/wire";
import { WorkspaceAgentMetadata_DescriptionSchema as DescriptionSchema } from "@hearth/wire/agent-proto";
import { expect, test } from "vitest";
import { collect } from "#metadata/collect.ts";
import { dueKeys, type MetadataKey, toMetadataKey } from "#metadata/decide.ts";
import { Metadata, type MetadataSession } from "#metadata/metadata.ts";
import { Scratch } from "#testing/scratch.ts";

const never = new AbortController().signal;
const key = (name: string, script: string, more: Partial<MetadataKey> = {}): MetadataKey => ({
  key: name,
  script,
  intervalMs: 10_000,
  timeoutMs: 5000,
  ...more,
});

test.for([
  { interval: 5, timeout: 1, expected: { intervalMs: 5000, timeoutMs: 1000 } },
  { interval: 5, timeout: 0, expected: { intervalMs: 5000, timeoutMs: 5000 } },
  { interval: 0, timeout: 0, expected: { intervalMs: 0, timeoutMs: 5000 } },
])("interval $interval s and timeout $timeout s as they travel", ({ interval, timeout, expected }) => {
  const spans = { interval: toMetadataSpan(interval), timeout: toMetadataSpan(timeout) };

  expect(toMetadataKey(create(DescriptionSchema, { key: "k", script: "s", ...spans }))).toMatchObject(expected);
});

test("a key is due after its interval, never while it runs, and with interval 0 only once [agents 43, 44]", () => {
  const [often, once] = [key("often", ""), key("once", "", { intervalMs: 0 })];
  const due = (nowMs: number, isRunning: boolean): string[] => {
    const state = { lastMs: 0, isRunning };
    return dueKeys(
      [often, once],
      new Map([
        ["often", state],
        ["once", state],
      ]),
      nowMs,
    ).map(({ key: name }) => name);
  };

  expect(dueKeys([often, once], new Map(), 0)).toHaveLength(2);
  expect(due(9_999, false)).toEqual([]);
  expect(due(10_000, false)).toEqual(["often"]);
  expect(due(30_000, true)).toEqual([]);
  expect(due(3_600_000, false)).toEqual(["often"]);
});

test("a value is both outputs, and stays beside its error", async () => {
  await using scratch = new Scratch();
  const services = {
    surroundings: scratch.surroundings,
    processes: scratch.processes,
    clock: new FakeClock(7),
  };

  expect(await collect(key("k", "echo value"), services, never)).toEqual({
    key: "k",
    collectedAtMs: 7,
    value: "value\n",
    error: "",
  });
  expect(await collect(key("k", "echo half >&2; exit 3"), services, never)).toMatchObject({
    value: "half\n",
    error: "The script ended with status 3.",
  });
  expect(await collect(key("k", "kill -TERM $$"), services, never)).toMatchObject({
    error: "The script ended with SIGTERM.",
  });
});

test("12 KiB of output are cut at 10 KiB with an error, and the value is kept [agents 45]", async () => {
  await using scratch = new Scratch();
  const services = { surroundings: scratch.surroundings, processes: scratch.processes, clock: new FakeClock() };

  const { value, error } = await collect(key("k", "head -c 12288 /dev/zero | tr '\\0' x"), services, never);

  expect(value).toBe("x".repeat(10_240));
  expect(error).toContain("10240 bytes");
});

test("a script that takes too long is over, though a child has left its group and holds its output", async () => {
  await using scratch = new Scratch();
  const clock = new FakeClock();
  const services = { surroundings: scratch.surroundings, processes: scratch.processes, clock };
  const left = join(scratch.folder, "left");
  const script = `echo some; setsid sh -c 'echo $$ > ${left}.new; mv ${left}.new ${left}; exec sleep 1000' & wait`;

  const collecting = collect(key("k", script, { timeoutMs: 3000 }), services, never);
  await clock.asleep("metadata timeout");
  while (!existsSync(left)) await systemClock.sleep(1);
  await clock.advance(3000);

  expect(await collecting).toMatchObject({ error: "The script took longer than 3 s." });
  // Who leaves the group is beyond its signals: the test ends what it began.
  process.kill(Number(readFileSync(left, "utf8")), "SIGKILL");
});

test("values are sent a tick after they were collected, the newest of each key; a session that ends loses none", async () => {
  await using scratch = new Scratch();
  const clock = new FakeClock(0);
  const metadata = new Metadata({ surroundings: scratch.surroundings, processes: scratch.processes, clock });
  metadata.setKeys([key("once", "echo once; echo ran >> ran", { intervalMs: 0, timeoutMs: 1e12 })], { isAnew: true });
  const sent: string[] = [];
  const begin = (answer: () => Promise<void>) => {
    const ended = new AbortController();
    const arrived = Promise.withResolvers<void>();
    const client: MetadataSession["client"] = {
      batchUpdateMetadata: async ({ metadata: values }) => {
        await answer();
        sent.push(...(values ?? []).map(({ key: name, result }) => `${name}=${result?.value?.trim()}`));
        arrived.resolve();
        return { $typeName: "coder.agent.v2.BatchUpdateMetadataResponse" };
      },
    };
    const over = metadata.run({ client, log: silentLogger, signal: ended.signal }).catch(() => undefined);
    return { arrived: arrived.promise, end: async () => (ended.abort(new Error("over")), await over) };
  };

  let lost = 0;
  const first = begin(() => Promise.reject(new Error(`The session ended ${++lost} times.`)));
  while (lost === 0) await clock.advance(1000);
  await first.end();
  const second = begin(() => Promise.resolve());
  while (sent.length === 0) await clock.advance(1000);
  await second.arrived;
  await second.end();

  expect(sent).toEqual(["once=once"]);
  expect(clock.pending()).toEqual([]);
});

test("without keys nothing ticks", async () => {
  await using scratch = new Scratch();
  const clock = new FakeClock();
  const metadata = new Metadata({ surroundings: scratch.surroundings, processes: scratch.processes, clock });
  const ended = new AbortController();
  const client: MetadataSession["client"] = {
    batchUpdateMetadata: () => Promise.reject(new Error("Nothing was asked.")),
  };

  const over = metadata.run({ client, log: silentLogger, signal: ended.signal }).catch(() => undefined);
  await clock.advance(3_600_000);

  expect(clock.pending()).toEqual([]);
  ended.abort(new Error("over"));
  await over;
});
