import { FakeClock } from "@hearth/base/fake-clock";
import { create, durationFromMs, memoryPair, type MessageShape } from "@hearth/wire";
import { StatsSchema, UpdateStatsResponseSchema } from "@hearth/wire/agent-proto";
import { expect, test } from "vitest";
import { reportStats, type ReportStatsOptions } from "#stats/report-stats.ts";
import { Usage } from "#stats/usage.ts";

test("connections and sessions are counted while they are open, traffic since the last look", async () => {
  const usage = new Usage();
  const [ours, theirs] = memoryPair();
  usage.addConnection("tcp", theirs);
  const endSession = usage.addSession("ssh");
  usage.addSession("reconnecting_pty");

  const seen = new Promise((resolve) => theirs.once("data", resolve));
  ours.write("hello");
  await seen;
  theirs.write("hi");
  theirs.write("there");
  await new Promise((resolve) => ours.once("data", resolve));

  expect(usage.take()).toMatchObject({
    connectionCount: 1,
    connectionsByProtocol: { tcp: 1 },
    sessions: { ssh: 1, reconnecting_pty: 1, vscode: 0 },
    received: { bytes: 5 },
    sent: { bytes: 7 },
  });
  endSession();
  endSession();
  const closed = new Promise((resolve) => theirs.once("close", resolve));
  theirs.on("error", () => undefined);
  ours.destroy();
  await closed;
  expect(usage.take()).toMatchObject({ connectionCount: 0, sessions: { ssh: 0 }, received: { bytes: 0 } });
});

test("a command counts as a session and a connection while it is followed, and once more when it was short", () => {
  const usage = new Usage();
  const [leaveLong, leaveShort] = [usage.addCommand("ssh"), usage.addCommand("ssh")];
  leaveShort();
  leaveShort();

  const first = usage.take();
  const second = usage.take();
  leaveLong();

  expect(first).toMatchObject({ connectionCount: 2, connectionsByProtocol: { command: 2 }, sessions: { ssh: 1 } });
  expect(second).toMatchObject({ connectionCount: 1, sessions: { ssh: 1 } });
  expect([usage.take(), usage.take()]).toMatchObject([{ connectionCount: 1 }, { connectionCount: 0 }]);
});

test("counting does not set a stream flowing before its owner is there", async () => {
  const usage = new Usage();
  const [ours, theirs] = memoryPair();
  usage.addConnection("tcp", theirs);
  ours.end("not lost");

  await new Promise((resolve) => theirs.once("readable", resolve));
  let text = "";
  for await (const chunk of theirs) text += String(chunk);

  expect(text).toBe("not lost");
});

test("no more than 2048 connections are followed", () => {
  const usage = new Usage();
  for (let count = 0; count < 2050; count++) usage.addConnection("tcp", memoryPair()[0]);

  expect(usage.take().connectionCount).toBe(2048);
});

test("the interval is asked for, a report follows at once, then one per interval, which the server may change", async () => {
  const clock = new FakeClock(0);
  const usage = new Usage();
  const ended = new AbortController();
  const reports: { atMs: number; stats: MessageShape<typeof StatsSchema> | undefined }[] = [];
  const intervals = [30_000, 30_000, 10_000, 0];
  const client: ReportStatsOptions["client"] = {
    updateStats: async ({ stats }) => {
      reports.push({ atMs: clock.now(), stats: stats && create(StatsSchema, stats) });
      return create(UpdateStatsResponseSchema, { reportInterval: durationFromMs(intervals.shift() ?? 10_000) });
    },
  };
  const pings = [Promise.resolve(1.5), new Promise<never>(() => undefined)];
  const ping: ReportStatsOptions["ping"] = ({ signal }) =>
    Promise.race([
      pings.shift() ?? Promise.resolve(2),
      new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    ]);

  const over = reportStats({ usage, client, ping, clock, signal: ended.signal }).catch(() => undefined);
  await clock.advance(0);
  usage.addConnection("ssh", memoryPair()[0]);
  await clock.advance(60_000);
  ended.abort(new Error("over"));
  await over;

  expect(
    reports.map(({ atMs, stats }) => [atMs, stats?.connectionMedianLatencyMs, stats && Number(stats.connectionCount)]),
  ).toEqual([
    [0, undefined, undefined],
    [0, -0.001, 0],
    [30_000, 1.5, 1],
    [45_000, -0.001, 1], // 10 s later, and 5 s for a ping that nobody answered
    [55_000, 2, 1],
  ]);
  expect(clock.pending()).toEqual([]);
});
