import { silentLogger } from "@hearth/base";
import { FakeClock } from "@hearth/base/fake-clock";
import { DrpcError, uuidFromBytes } from "@hearth/wire";
import { Log_Level } from "@hearth/wire/agent-proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { LineWriter } from "#logs/line-writer.ts";
import { type LogBatch, LogQueue } from "#logs/log-queue.ts";
import { sendLogs, type SendLogsOptions } from "#logs/send-logs.ts";

const [chatty, quiet] = ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"];
const mebibyte = 1024 * 1024;

function line(output: string, createdAtMs = 0) {
  return { createdAtMs, level: Log_Level.INFO, output };
}

/** A session that stores what it is sent, or answers as `answer` says. */
function session(
  queue: LogQueue,
  clock: FakeClock,
  answer: () => Awaited<ReturnType<SendLogsOptions["client"]["batchCreateLogs"]>> | Error,
) {
  const sent: { sourceId: string; outputs: string[]; atMs: number }[] = [];
  const ended = new AbortController();
  const client: SendLogsOptions["client"] = {
    batchCreateLogs: async ({ logSourceId, logs }) => {
      const outputs = (logs ?? []).map(({ output }) => output ?? "");
      sent.push({ sourceId: uuidFromBytes(logSourceId ?? new Uint8Array()), outputs, atMs: clock.now() });
      const result = answer();
      if (result instanceof Error) throw result;
      return result;
    },
  };
  const over = sendLogs({ queue, client, clock, signal: ended.signal, log: silentLogger }).catch(
    (error: unknown) => error,
  );
  const end = async (): Promise<unknown> => {
    ended.abort(new Error("over"));
    return await over;
  };
  return { sent, end };
}
const stored = () => ({ $typeName: "coder.agent.v2.BatchCreateLogsResponse", logLimitExceeded: false }) as const;

test("lines gather for a second and leave together; asked to, at once", async () => {
  const clock = new FakeClock(0);
  const queue = new LogQueue();
  const { sent, end } = session(queue, clock, stored);

  queue.push(chatty, line("one"));
  await clock.advance(900);
  queue.push(chatty, line("two", 900));
  await clock.advance(99);
  expect(sent).toEqual([]);
  await clock.advance(201);
  queue.push(chatty, line("three", 1200));
  queue.flush(chatty);
  await clock.advance(0);
  await end();

  expect(sent.map(({ outputs, atMs }) => [outputs, atMs])).toEqual([
    [["one", "two"], 1150], // looked at every 250 ms since the last line came
    [["three"], 1200],
  ]);
  expect(clock.pending()).toEqual([]);
});

test("a quiet source is sent within a flush period, however much another one talks [agents 61]", async () => {
  const clock = new FakeClock(0);
  const queue = new LogQueue();
  const { sent, end } = session(queue, clock, stored);

  for (let tick = 0; tick < 20; tick++) {
    for (let count = 0; count < 1000; count++) queue.push(chatty, line("talk talk talk", clock.now()));
    if (tick === 4) queue.push(quiet, line("a word", clock.now()));
    await clock.advance(250);
  }
  await end();

  const word = sent.find(({ sourceId }) => sourceId === quiet);
  expect(word?.atMs).toBeLessThanOrEqual(4 * 250 + 1000 + 250);
});

test("2 MiB made without a connection: about 1 MiB is sent, so that the server sees the overflow [agents 60]", async () => {
  const clock = new FakeClock(0);
  const queue = new LogQueue();
  for (let count = 0; count < 2048; count++) queue.push(chatty, line("x".repeat(1003)));
  let storedBytes = 0;
  const { sent, end } = session(queue, clock, () => {
    storedBytes = sent.flatMap(({ outputs }) => outputs).reduce((sum, { length }) => sum + length + 21, 0);
    return { ...stored(), logLimitExceeded: storedBytes > mebibyte };
  });

  await clock.advance(10_000);
  queue.push(chatty, line("nobody hears this"));
  await clock.advance(10_000);
  await end();

  expect(storedBytes).toBeGreaterThan(mebibyte);
  expect(storedBytes).toBeLessThanOrEqual(mebibyte + 1024);
  expect(sent.flatMap(({ outputs }) => outputs)).not.toContain("nobody hears this");
});

test("no batch is larger than 1 MiB, and a line larger than that is dropped", () => {
  const queue = new LogQueue();
  queue.push(chatty, line("x".repeat(mebibyte)));
  queue.push(chatty, line("a".repeat(mebibyte - 100)));
  queue.push(chatty, line("b".repeat(1000)));

  const first = queue.nextBatch(1000);
  expect(first?.lines.map(({ output }) => output.length)).toEqual([mebibyte - 100]);
  queue.arrived(first as LogBatch, 1000);
  expect(queue.nextBatch(2000)?.lines.map(({ output }) => output.length)).toEqual([1000]);
});

test("what was on its way when a session ended is sent by the next one", async () => {
  const clock = new FakeClock(0);
  const queue = new LogQueue();
  queue.push(chatty, line("precious"));
  const lost = session(queue, clock, () => new Error("The session ended."));
  await clock.advance(1000);
  expect(await lost.end()).toMatchObject({ message: "The session ended." });

  const next = session(queue, clock, stored);
  await clock.advance(1000);
  await next.end();

  expect(next.sent.map(({ outputs }) => outputs)).toEqual([["precious"]]);
  expect(queue.isEmpty).toBe(true);
});

test("lines the server will not have are given up after a few tries, and the others follow", async () => {
  const clock = new FakeClock(0);
  const queue = new LogQueue();
  queue.push(chatty, line("bad"));
  const { sent, end } = session(queue, clock, () =>
    sent.at(-1)?.outputs.includes("bad") ? new DrpcError("No such source.") : stored(),
  );
  await clock.advance(1000);
  queue.push(quiet, line("good", 1000));

  await clock.advance(60_000);
  await end();

  expect(sent.filter(({ outputs }) => outputs.includes("bad"))).toHaveLength(4);
  expect(sent.at(-1)?.outputs).toEqual(["good"]);
});

test("a new agent id has sources of its own and a new account; lines for others go nowhere", () => {
  const queue = new LogQueue();
  queue.push(chatty, line("of the old agent"));
  queue.overflow();

  queue.reset([quiet]);
  queue.push(chatty, line("still of the old agent"));
  queue.push(quiet, line("of the new agent"));
  queue.flushAll();

  expect(queue.nextBatch(0)).toMatchObject({ sourceId: quiet, lines: [{ output: "of the new agent" }] });
});

test("lines come out the same however the output was cut", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "ä", "€", "😀", "\n", "\r\n", " ") });
  fc.assert(
    fc.property(text, fc.array(fc.nat({ max: 5 })), (output, cuts) => {
      const lines: string[] = [];
      const writer = new LineWriter((one) => lines.push(one));
      let rest = Buffer.from(output);
      for (const cut of cuts) {
        writer.write(rest.subarray(0, cut));
        rest = rest.subarray(cut);
      }
      writer.write(rest);
      writer.end();

      const expected = output.split("\n").map((one) => (one.endsWith("\r") ? one.slice(0, -1) : one));
      if (expected.at(-1) === "") expected.pop();
      expect(lines).toEqual(expected);
    }),
  );
});

test("a line without end is cut, so that nobody can make the agent hold it", () => {
  const lines: string[] = [];
  const writer = new LineWriter((one) => lines.push(one));

  for (let count = 0; count < 100; count++) writer.write(Buffer.alloc(10_000, "x"));
  writer.end();

  expect(lines.join("")).toHaveLength(1_000_000);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(64 * 1024);
});
